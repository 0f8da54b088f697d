"""Every message of the catalogue, rendered as a person will read it; and what bad facts must not do."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from notifications.adresses import AdresseInvalide, valider_adresse
from notifications.catalogue import CATALOGUE, FaitInvalide, FaitManquant, MessageInconnu, faits_requis
from notifications.formats import instant, instant_precis, jour, montant, note
from notifications.modeles import DOSSIER
from notifications.render import CourrielPret, Destinataire, clef_de, render
from tests.notifications.exemples import DESTINATAIRE, EXPEDITEUR, FAITS, MAINTENANT

CODES = sorted(CATALOGUE)
AVEC_AGENDA = {
    "invitation_action",
    "demande_pieces",
    "demande_avis",
    "demande_evaluation",
    "convocation_comite",
    "comite_annule",
    "place_proposee",
    "selection_retenu",
    "convention_envoyee",
    "volet_renvoye",
    "etude_a_completer",
    "demande_reversement",
    "convocation_audition",
    "relance_avis",
    "revue_poursuite",
    "revue_conditions",
}
DEFAVORABLES = [
    *("irrecevabilite", "selection_non_retenu", "selection_liste", "liste_complementaire", "rejet"),
    *("revue_arret", "participation_non_retenue"),
]


def rendre(code: str, faits: Mapping[str, object] = FAITS, destinataire: Destinataire = DESTINATAIRE) -> CourrielPret:
    clef = clef_de("dossier:42:3", code, destinataire.ref)
    return render(
        code, faits, destinataire, expediteur=EXPEDITEUR, clef=clef, cause="dossier:42:3", maintenant=MAINTENANT
    )


def lire(courriel: CourrielPret) -> EmailMessage:
    lu = message_from_bytes(courriel.octets, policy=default)
    assert isinstance(lu, EmailMessage)
    return lu


def texte(courriel: CourrielPret) -> str:
    corps = lire(courriel).get_body(("plain",))
    assert corps is not None
    return str(corps.get_content()).replace("\r\n", "\n")


def html(courriel: CourrielPret) -> str:
    corps = lire(courriel).get_body(("html",))
    assert corps is not None
    return str(corps.get_content())


def minimum(code: str) -> dict[str, object]:
    """Only the facts the message cannot do without."""
    return {nom: FAITS[nom] for nom in faits_requis(code)}


class Balises(HTMLParser):
    """Checks that elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ouvertes: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"meta", "br", "img", "hr", "link"}:
            self.ouvertes.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.ouvertes.pop() == tag


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("complet", [True, False], ids=["complet", "minimum"])
def test_chaque_message_se_lit(code: str, complet: bool) -> None:
    courriel = rendre(code, FAITS if complet else minimum(code))
    corps = texte(courriel)
    assert corps.startswith("Bonjour Jeanne Martin,\n")
    assert "Réseau Habitat" in corps
    assert str(FAITS["mention_donnees"])[:40] in corps
    for edition in (corps, html(courriel)):
        assert not re.search(r"\{\{|\}\}|\{%|None|True|False|Undefined|Decimal|datetime", edition)
    assert not re.search(r" [:;?!»€]", corps), "une espace insécable précède la ponctuation double"
    assert "« " not in corps
    assert "\n\n\n" not in corps
    assert max(map(len, corps.split("\n"))) <= 78 or "http" in corps
    balises = Balises()
    balises.feed(html(courriel))
    assert balises.ouvertes == []
    assert "<style" not in html(courriel), "le style est dans les éléments : des messageries retirent le reste"


@pytest.mark.parametrize("code", CODES)
def test_l_objet_tient_sur_une_ligne_et_l_en_tete_est_plie(code: str) -> None:
    courriel = rendre(code)
    assert courriel.objet == lire(courriel)["Subject"]
    assert courriel.objet
    assert len(courriel.objet) <= 78
    entetes = courriel.octets.partition(b"\r\n\r\n")[0]
    assert max(len(une) for une in entetes.split(b"\r\n")) <= 78
    assert courriel.octets.isascii()
    assert max(len(une) for une in courriel.octets.split(b"\r\n")) <= 998


@pytest.mark.parametrize("code", CODES)
def test_les_memes_faits_donnent_les_memes_octets(code: str) -> None:
    assert rendre(code) == rendre(code)


@pytest.mark.parametrize("code", CODES)
def test_faute_28_un_fait_manquant_se_dit_avant_tout_enregistrement(code: str) -> None:
    for nom in sorted(faits_requis(code) - {"destinataire_nom"}):
        vides: list[dict[str, object]] = [{}, {nom: None}, {nom: ""}, {nom: []}]
        for manque in vides:
            faits = {**{cle: valeur for cle, valeur in FAITS.items() if cle != nom}, **manque}
            with pytest.raises(FaitManquant, match=f"« {code} ».*« {nom} »"):
                rendre(code, faits)


def test_faute_28_aucun_modele_ne_nomme_un_fait_inconnu_de_son_message() -> None:
    """Templates and payloads name each other's files: none is missing, none is left over."""
    assert {chemin.stem for chemin in (DOSSIER / "message").iterdir()} == set(CATALOGUE)


def test_un_message_ou_un_fait_impossible_est_refuse() -> None:
    with pytest.raises(MessageInconnu, match="« inconnu »"):
        rendre("inconnu")
    with pytest.raises(FaitInvalide, match="montant"):
        rendre("laureat", {**FAITS, "montant": 5000.1})
    with pytest.raises(FaitInvalide, match="echeance"):
        rendre("demande_pieces", {**FAITS, "echeance": datetime(2026, 4, 20)})
    with pytest.raises(FaitInvalide, match="lien"):
        rendre("laureat", {**FAITS, "lien": "javascript:alert(1)"})


@pytest.mark.parametrize("code", ["accuse_candidature", "accuse_etude", "accuse_interet"])
def test_un_accuse_ne_vaut_pas_promesse_de_subvention(code: str) -> None:
    assert "ne vaut pas promesse de subvention" in texte(rendre(code)).replace("\n", " ")


@pytest.mark.parametrize("code", DEFAVORABLES)
def test_une_decision_defavorable_donne_ses_raisons_et_la_voie_de_recours(code: str) -> None:
    for edition in (texte(rendre(code)), html(rendre(code))):
        assert "Le foncier n" in edition
        assert "reclamation@reseau.example.org" in edition


def test_un_accuse_porte_l_heure_du_serveur_en_heure_legale() -> None:
    assert "lundi 30 mars 2026 à 23\xa0h\xa059\xa0min\xa058\xa0s (heure de Paris, UTC+2)" in texte(
        rendre("accuse_candidature")
    )


def test_les_dates_les_montants_et_les_notes_se_lisent_en_francais() -> None:
    assert jour(datetime(2026, 3, 31, 22, 30, tzinfo=UTC)) == "mercredi 1er avril 2026"
    assert instant(datetime(2026, 1, 1, 8, 5, tzinfo=UTC)) == "jeudi 1er janvier 2026 à 9\xa0h\xa005"
    assert montant(Decimal("1234.5")) == "1\u202f234,50\xa0€"
    assert note(Decimal("71.30")) == "71,3/100"


def test_la_nuit_du_changement_d_heure_se_distingue() -> None:
    avant, apres = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert instant(avant) == instant(apres)
    assert instant_precis(avant) != instant_precis(apres)


@pytest.mark.parametrize("code", CODES)
def test_l_agenda_est_joint_la_ou_une_personne_doit_agir_ou_venir(code: str) -> None:
    parties = [partie for partie in lire(rendre(code)).walk() if partie.get_content_type() == "text/calendar"]
    if code in AVEC_AGENDA:
        assert parties, f"{code} devrait porter une échéance ou un rendez-vous"
    for partie in parties:
        agenda: Any = Calendar.from_ical(partie.get_content())
        [evenement] = agenda.walk("VEVENT")
        assert agenda["METHOD"] == "PUBLISH"
        assert evenement["DTEND"].dt > evenement["DTSTART"].dt
        assert str(evenement["DTSTART"].dt.tzinfo) == "Europe/Paris"


def test_l_echeance_de_l_agenda_est_celle_du_message() -> None:
    [partie] = [p for p in lire(rendre("demande_pieces")).walk() if p.get_content_type() == "text/calendar"]
    agenda: Any = Calendar.from_ical(partie.get_content())
    [evenement] = agenda.walk("VEVENT")
    assert evenement["DTEND"].dt == FAITS["echeance"]
    assert "HP-2026-0042" in evenement["SUMMARY"]
    jointe = [p.get_filename() for p in lire(rendre("demande_pieces")).iter_attachments()]
    assert jointe == ["agenda.ics"]


def test_faute_40_une_messagerie_absente_ne_repond_pas() -> None:
    lu = lire(rendre("laureat"))
    assert lu["Auto-Submitted"] == "auto-generated"
    assert lu["X-Auto-Response-Suppress"] == "All"


@pytest.mark.parametrize(
    "poison", ["\r\nBcc: pirate@example.com", "\n.\r\n", "\0", "\u2028Bcc: x@example.com", "\x85a"]
)
def test_faute_24_un_controle_dans_un_fait_n_ajoute_aucun_en_tete(poison: str) -> None:
    faits = {**FAITS, "action_libelle": f"Séminaire{poison}", "dossier_numero": f"HP-1{poison}"}
    destinataire = Destinataire("jeanne@example.org", f"Jeanne{poison}Martin", "personne:1")
    for code in ("invitation_action", "accuse_candidature"):
        lu = lire(rendre(code, faits, destinataire))
        assert lu["Bcc"] is None
        assert len(lu.get_all("To") or []) == 1
        assert lu.keys() == lire(rendre(code)).keys()
        assert [adresse.addr_spec for adresse in lu["To"].addresses] == ["jeanne@example.org"]
        assert not re.search("[\0\x85\u2028]", texte(rendre(code, faits, destinataire)))


@pytest.mark.parametrize(
    "adresse",
    [
        "jean@example.org\r\nRCPT TO:<x@example.org>",
        "jean\n@example.org",
        "jean\0@example.org",
        "jean\u2028@example.org",
        "hélène@example.org",
        "sans arobase",
        "deux@@example.org",
        "a@b@example.org",
        "<jean@example.org>",
        "",
    ],
)
def test_fautes_24_et_25_une_adresse_impossible_est_refusee_avec_sa_raison(adresse: str) -> None:
    with pytest.raises(AdresseInvalide, match=r"adresse|partie"):
        valider_adresse(adresse)
    with pytest.raises(AdresseInvalide):
        rendre("laureat", FAITS, Destinataire(adresse, "Jean", "personne:1"))


def test_faute_25_un_domaine_accentue_part_sous_sa_forme_ascii() -> None:
    assert valider_adresse("mairie@évry.example.fr") == "mairie@xn--vry-9la.example.fr"


def test_faute_25_une_virgule_dans_le_nom_ne_fait_pas_deux_destinataires() -> None:
    courriel = rendre("laureat", FAITS, Destinataire("jean@example.org", "Dupont, Jean", "personne:1"))
    [seule] = lire(courriel)["To"].addresses
    assert (seule.display_name, seule.addr_spec) == ("Dupont, Jean", "jean@example.org")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=110).filter(lambda nom: nom.strip()))
def test_fautes_24_et_25_n_importe_quel_nom_garde_un_seul_destinataire(nom: str) -> None:
    try:
        courriel = rendre("recevabilite", FAITS, Destinataire("jean@example.org", nom, "personne:1"))
    except FaitManquant:
        return
    brut = message_from_bytes(courriel.octets)
    assert len(brut.get_all("To") or []) == 1
    affiche, adresse = parseaddr(str(brut["To"]).replace("\r\n", ""))
    assert adresse == "jean@example.org"
    assert not re.search(r"[\r\n\0]", str(make_header(decode_header(affiche))))
    assert sorted(set(brut.keys())) == sorted(set(message_from_bytes(rendre("recevabilite").octets).keys()))


@given(st.text(max_size=200))
def test_aucun_texte_saisi_ne_devient_du_html(saisie: str) -> None:
    faits = {**FAITS, "commentaire": f"<script>alert(1)</script>{saisie}", "dossier_titre": "<b>Titre</b>{{ 7 * 7 }}"}
    page = html(rendre("recevabilite", faits))
    assert "<script" not in page
    assert "<b>" not in page
    assert "{{ 7 * 7 }}" in page


def test_une_clef_ne_contient_jamais_une_adresse() -> None:
    assert clef_de("dossier:4:2", "rejet", "personne:9") == "dossier:4:2/rejet/personne:9"
    for ref in ("jean@example.org", "deux mots", "accentué", "a" * 400):
        with pytest.raises(ValueError, match="Clef de courriel"):
            clef_de("dossier:4:2", "rejet", ref)


def test_l_identifiant_vient_de_la_clef() -> None:
    assert rendre("rejet").message_id == rendre("rejet", {**FAITS, "commentaire": "autre"}).message_id
    assert rendre("rejet").message_id != rendre("laureat").message_id
