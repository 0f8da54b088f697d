"""The page of a règlement says the whole file, in French, and nothing else."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ami.page_reglement import SECTIONS, page_reglement
from notifications.catalogue import CATALOGUE
from rules import modele
from rules.affichage import afficher
from rules.arbre_cel import Binaire, Litteral, Noeud, arbre
from rules.chargement import ReglementCharge, charger, charger_texte
from rules.examen import Examen
from rules.francais import decapiter
from rules.modele import Bloc, Reglement
from rules.mots import Traducteur
from rules.verif_sources import sources_expressions
from tests.pages.lecture import Page, lire
from tests.rules.support import RACINE, planter

REGLEMENTS = sorted((RACINE / "rules").glob("*.yaml"))
TITRES = {code: message.libelle for code, message in CATALOGUE.items()}
NOMBRE = re.compile(r"\d+(?:[ ]\d{3})*(?:,\d+)?")
fichiers = pytest.mark.parametrize("fichier", REGLEMENTS, ids=lambda fichier: fichier.stem)


@cache
def charge_de(fichier: Path) -> ReglementCharge:
    return charger(fichier)


@cache
def html_de(fichier: Path) -> str:
    return page_reglement(charge_de(fichier), TITRES)


@cache
def page_de(fichier: Path) -> Page:
    return lire(html_de(fichier))


def vu(texte: str) -> str:
    """A text as the page shows it: apostrophes and blanks."""
    return " ".join(texte.replace("'", "’").split())


@fichiers
def test_each_figure_is_shown_with_its_unit_article_and_source(fichier: Path) -> None:
    reglement, page = charge_de(fichier).reglement, page_de(fichier)
    for chiffre in reglement.parametres.values():
        source = "à confirmer" if chiffre.hypothese else vu(reglement.sources[str(chiffre.source)].titre)
        effet = f" Aucune règle ne l’utilise : {vu(decapiter(chiffre.sans_effet))}." if chiffre.sans_effet else ""
        valeur = vu(afficher(chiffre.entier, chiffre.unite))
        ligne = f"{vu(chiffre.libelle)}{effet} {valeur} {chiffre.article or '–'} {source}"
        assert ligne in page.textes["chiffres"]


@fichiers
def test_each_delay_and_reminder_is_shown_in_its_echeance(fichier: Path) -> None:
    page = page_de(fichier)
    for echeance in charge_de(fichier).reglement.echeances:
        bloc = page.textes[f"echeance-{echeance.code}"]
        assert vu(echeance.libelle) in bloc
        for unite in ("jours", "jours_ouvres", "mois"):
            nombre = getattr(echeance.delai, unite)
            assert not nombre or f"{vu(afficher(nombre, unite))} à compter d" in bloc
        for relance in echeance.relances:
            unite = "jours" if relance.jours is not None else "jours_ouvres"
            nombre = getattr(relance, unite)
            sens = "avant" if nombre < 0 else "après"
            heures, minutes, _ = relance.heure.split(":")
            quand = f"{vu(afficher(abs(nombre), unite))} {sens} l’échéance" if nombre else "le jour de l’échéance"
            assert f"{quand}, à {int(heures)} h {minutes}" in bloc
            assert f"« {vu(TITRES[relance.message])} »" in bloc


@fichiers
def test_grille_comite_pieces_aides_and_retention_show_their_numbers(fichier: Path) -> None:
    reglement, page = charge_de(fichier).reglement, page_de(fichier)
    if reglement.grille:
        for critere in reglement.grille.criteres:
            assert f"{vu(critere.libelle)} {decimal(critere.poids)}" in page.textes["grille"].replace(
                vu(critere.aide or ""), ""
            )
        barres = [c.eliminatoire_sous for c in reglement.grille.criteres if c.eliminatoire_sous is not None]
        assert page.textes["grille"].count("si la moyenne est inférieure à") == len(barres)
        assert all(f"inférieure à {decimal(barre)}" in page.textes["grille"] for barre in barres)
        assert "Total des poids 100" in page.textes["grille"]
        assert (
            f"de {decimal(reglement.grille.note_min)} à {decimal(reglement.grille.note_max)}" in page.textes["grille"]
        )
    if reglement.comite:
        assert f"si {reglement.comite.quorum} membre" in page.textes["comite"]
        assert all(vu(membre) in page.textes["comite"] for membre in reglement.comite.membres)
    for piece in reglement.pieces:
        assert re.search(rf"{re.escape(vu(piece.libelle))}.*? {piece.taille_max_mo} Mo au plus", page.textes["pieces"])
    for aide in reglement.aides:
        plafond = reglement.parametres[aide.plafond]
        assert vu(afficher(plafond.entier, plafond.unite)) in page.textes["aides"]
    for regle in reglement.conservation:
        assert f"{regle.mois} mois" in page.textes["conservation"]
    for formulaire in reglement.formulaires.values():
        assert all(vu(champ.libelle) in page.textes["formulaires"] for champ in formulaire.champs)


def decimal(valeur: Decimal) -> str:
    return f"{valeur.normalize():f}".replace(".", ",")


@fichiers
def test_each_transition_and_each_guard_has_its_sentences(fichier: Path) -> None:
    reglement, page = charge_de(fichier).reglement, page_de(fichier)
    traducteur = Traducteur(reglement)
    for kind, workflow in reglement.sujets.items():
        for transition in workflow.transitions:
            bloc = page.textes[f"{kind}-{transition.code}"]
            actes = (transition.acte,) if transition.acte else ()
            assert bloc.startswith(f"{vu(transition.libelle)} ({vu(transition.article)})")
            assert " Qui " in bloc
            assert " Passage " in bloc
            for code in [*transition.de, *([transition.vers] if transition.vers else [])]:
                assert f"« {vu(workflow.etat_par_code[code].libelle)} »" in bloc
            for garde in transition.gardes:
                assert vu(garde.libelle) in bloc
                assert_dite(traducteur.condition(garde.si, actes), bloc)
            if transition.quand:
                assert_dite(traducteur.condition(transition.quand, actes), bloc)
            for effet in transition.effets:
                if effet.effet == "courriel":
                    assert f"Courriel « {vu(TITRES[effet.message])} »" in bloc
    for nom, gardes in reglement.controles.items():
        for garde in gardes:
            assert vu(garde.libelle) in page.textes[f"controle-{nom}"]
            assert_dite(traducteur.condition(garde.si), page.textes[f"controle-{nom}"])


def assert_dite(phrase: Any, bloc: str) -> None:
    """Each clause of a condition is in the block; one that only repeats its label may be said by it."""
    if isinstance(phrase, str):
        assert vu(phrase).lower() in bloc.lower()
    else:
        for partie in phrase.parties:
            assert_dite(partie, bloc)


def nombres_du_fichier(charge: ReglementCharge) -> set[str]:
    """Every number the file (or a default of its model) holds, as the page may show it."""
    admis = {"100"}  # a score is out of 100
    for valeur in _valeurs(charge.reglement.model_dump()):
        if isinstance(valeur, str):
            admis |= {mot.lstrip("0") or "0" for mot in re.findall(r"\d+", valeur)} | set(NOMBRE.findall(valeur))
            admis |= set(re.findall(r"\d+", valeur))
        elif isinstance(valeur, int | Decimal):
            nombre = Decimal(valeur)
            admis |= {decimal(abs(nombre)), vu(afficher(int(abs(nombre)), None))}
    for chiffre in charge.reglement.parametres.values():
        admis |= set(NOMBRE.findall(vu(afficher(chiffre.entier, chiffre.unite))))
    for source in sources_expressions(Examen(charge, None)):
        for litteral in _litteraux(arbre(source.texte)):
            for unite in ("euros", "taux", "points", "nombre"):
                admis |= set(NOMBRE.findall(vu(afficher(litteral, unite))))
    return admis | {str(regle.mois // 12) for regle in charge.reglement.conservation if regle.mois % 12 == 0}


def _valeurs(bloc: Any) -> Iterator[Any]:
    if isinstance(bloc, dict):
        for partie in bloc.values():
            yield from _valeurs(partie)
    elif isinstance(bloc, list | tuple):
        for partie in bloc:
            yield from _valeurs(partie)
    elif not isinstance(bloc, bool):
        yield bloc


def _litteraux(noeud: Noeud) -> Iterator[int]:
    if isinstance(noeud, Litteral) and isinstance(noeud.valeur, int):
        yield noeud.valeur
    if isinstance(noeud, Binaire):
        yield from _litteraux(noeud.gauche)
        yield from _litteraux(noeud.droite)


@fichiers
def test_no_number_of_the_rules_is_missing_from_the_file(fichier: Path) -> None:
    page, admis = page_de(fichier), nombres_du_fichier(charge_de(fichier))
    inconnus = {n for section in page.regles for n in NOMBRE.findall(page.textes[section]) if n not in admis}
    assert inconnus == set()


@fichiers
def test_no_code_nor_formula_is_left_in_the_sentences(fichier: Path) -> None:
    page = page_de(fichier)
    texte = " ".join(page.textes[ancre] for ancre in [*page.regles, "programme", "roles", "chemin"])
    assert not [balise for balise, _ in page.balises if balise == "code"]
    assert re.findall(r"\w+_\w+|&&|\|\||==|!=|<=|>=|\bsize\(|\bhas\(", texte) == []
    assert re.findall(r"\b(?:dossier|donnees|parametres|budget|controles|echeances|campagne)\.\w+", texte) == []
    assert re.findall(r"\b(?:the|and|of|with|true|false|null|deadline|status|amount|state|None)\b", texte) == []
    assert "{" not in texte


@fichiers
def test_the_page_is_well_formed_and_needs_nothing_else(fichier: Path) -> None:
    page, html = page_de(fichier), html_de(fichier)
    assert page.ouvertes == []
    assert not {balise for balise, _ in page.balises} & {"script", "link", "img", "iframe", "object", "form"}
    assert not [a for _, attributs in page.balises for a in attributs if a.startswith("on") or a == "src"]
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    ancres = {a["href"][1:] for b, a in page.balises if b == "a" and a["href"].startswith("#")}
    assert ancres <= set(page.textes)
    assert page_reglement(charge_de(fichier), TITRES) == html


def test_what_a_reglement_says_is_inert_on_its_page() -> None:
    texte = planter("libelle: Fermer la liste complémentaire\n", "libelle: '<script>alert(1)</script> & \"co\"'\n")
    texte = texte.replace("libelle: Non retenu,", "libelle: 'Non <b>retenu</b>',")
    texte = texte.replace("    titre: Présentation", "    lien: 'javascript:alert(1)'\n    titre: Présentation")
    html = page_reglement(charger_texte(texte, "essai.yaml"), {})
    page = lire(html)
    assert "<script" not in html
    assert "<b>" not in html
    assert '<script>alert(1)</script> & "co"' in page.textes["dossier-fermer_liste"]
    assert not [a for _, a in page.balises if a.get("href", "").startswith("javascript")]


def test_a_condition_without_words_shows_its_label_and_its_formula() -> None:
    texte = planter("si: accompagnateur.connu\n", "si: 'accompagnateur.nom.matches(\"^A.*\")'\n")
    page = lire(page_reglement(charger_texte(texte, "essai.yaml"), TITRES))
    assert (
        'Un accompagnateur est désigné (art. 3.2) : accompagnateur.nom.matches("^A.*")'
        in page.textes["dossier-deposer_candidature"]
    )
    assert [balise for balise, _ in page.balises if balise == "code"]


def test_the_threshold_of_a_refusal_is_the_figure_and_the_value_found_is_left_open() -> None:
    page = page_de(RACINE / "rules" / "habitat_participatif_2026.yaml")
    assert (
        "Sinon, il est répondu : « L’aide demandée ([…]) dépasse le plafond de 5 000,00 €. »"
        in (page.textes["controle-recevabilite"])
    )


def test_what_a_jurist_would_not_sign_is_not_written() -> None:
    page = page_de(RACINE / "rules" / "anru_plus_2026.yaml")
    assert (
        "à la charge des personnes consultées, chacune pour ce qui la concerne ; délai : 30 jours"
        in (page.textes["dossier-demander_avis"])
    )
    assert "la décision est : « arrêt de la maturation »" in page.textes["dossier-revue_arreter"]
    assert (
        "« Bilan et demande de solde » et « Bilan et demande de solde après avenant » sont fermées"
        in (page.textes["dossier-signer_avenant"])
    )
    assert "Dégradations constatées (art. 10.5) (dans l’année) : doit baisser." in page.textes["indicateurs"]
    assert "copie à l’équipe, seulement si le montant" in page.textes["dossier-verser_solde"]


def test_no_part_of_the_model_is_left_out_of_the_page() -> None:
    dits = {champ for _, _, champ in SECTIONS}
    # Said inside « Le programme » or « Les voies de recours », in the words of the page, or of no use to a reader.
    ailleurs = {"recours_apres_reclamation", "sources", "territoires", "lexique", "schema_version"}
    assert set(Reglement.model_fields) - dits - ailleurs == set()


# What the page says of each block. A field added to the model is to be said too, or its absence explained here.
DITS = {
    "AffectationRegle": "competences points_competence points_region source hypothese",
    "Aide": "nature libelle beneficiaire plafond taux_max convention",
    "ArticleConvention": "titre texte",
    "Champ": "code libelle type obligatoire choix aide longueur_max",
    "Comite": "membres quorum deport_obligatoire source hypothese",
    "Conservation": "etats mois source hypothese",
    "ConventionRegle": "objet base articles hypothese",
    "CopieSuivi": "active sauf",
    "Critere": "code libelle poids eliminatoire_sous source hypothese aide",
    "DepartageRegle": "selon critere",
    "Delai": "jours jours_ouvres mois a_partir_de heure",
    "EcheanceRegle": "code libelle acte role delai relances par_personne article source hypothese",
    "EffetCloreEvaluations": "effet",
    "EffetConstaterReversement": "effet nature",
    "EffetCourriel": "effet message destinataires si",
    "EffetDemanderAvis": "effet",
    "EffetDemanderEvaluations": "effet lesquelles",
    "EffetDemanderReversement": "effet nature montant",
    "EffetEngagerMontant": "effet nature montant",
    "EffetFermerEcheances": "effet echeances",
    "EffetLibererMontant": "effet nature montant",
    "EffetOrdonnerVersement": "effet nature motif montant",
    "EffetOuvrirEcheance": "effet echeance",
    "Etat": "code libelle phase attend final occupe_place liste_ordonnee explication sans_echeance",
    "Formulaire": "libelle acte champs",
    "Garde": "code libelle article si raison valeur seuil unite defaut",
    "Grille": "note_min note_max criteres non_applicable evaluateurs_par_dossier evaluations_minimales "
    "commentaire_aux_extremes source hypothese correction_severite departage ecart_max affectation",
    "IndicateurRegle": "code libelle unite sens article",
    "Minimis": "natures duree declaration hors article",
    "Organisme": "nom contact",
    "Parametre": "libelle valeur unite source hypothese article sans_effet",
    "Phase": "code libelle objet",
    "PieceDemandee": "code libelle acte si obligatoire types taille_max_mo article",
    "PlafondVersement": "financeurs avance acomptes article",
    "Programme": "code nom version organisme resume",
    "Quota": "code libelle champ valeur minimum maximum part_min part_max article hypothese",
    "Relance": "code message jours jours_ouvres heure destinataires",
    "SelectionRegle": "nature seuil montant cout axe partiel plancher quotas article hypothese",
    "Source": "titre lien",
    "Transition": "code libelle de vers acte roles quand controle gardes effets article sans_courriel",
    "Volet": "code libelle article",
    "Workflow": "etats transitions",
}


def _blocs() -> list[type[Bloc]]:
    classes = [classe for classe in vars(modele).values() if isinstance(classe, type) and issubclass(classe, Bloc)]
    return [classe for classe in classes if classe not in {Bloc, Reglement}]


@pytest.mark.parametrize("bloc", _blocs(), ids=lambda bloc: bloc.__name__)
def test_no_field_of_a_block_is_left_unsaid(bloc: type[Bloc]) -> None:
    assert set(bloc.model_fields) - set(DITS.get(bloc.__name__, "").split()) == set()
