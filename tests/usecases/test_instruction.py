"""The instruction of a dossier: things asked and answered, avis, parts sent back; bounds of payments, de minimis."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from ami.agir import agir, avancer
from ami.contexte import construire
from ami.demandes import piece_jointe
from ami.erreurs import DonneesInvalides, Refus
from ami.fiche import fiche
from ami.instruction_suivie import suivre_instruction
from ami.models import ConstatLigne, Dossier, DossierTerritoire, Engagement, Enveloppe, Piece, Territoire
from ami.passe import passe
from ami.plafonds import payable
from ami.pourquoi import pourquoi
from ami.queries import lister_dossiers
from ami.regards import OPERATEUR
from ami.sujets import SYSTEME, Acteur, Sujet, identifiant, sujet_de
from rules.chargement import charger
from tests.rules.support import ANRU_PLUS
from tests.usecases.candidature import deposer
from tests.usecases.monde import JOUR, Monde, le, planter, structure


def faire(monde: Monde, acte: str, sujet: Sujet, role: str, par: object, quand: str, **donnees: Any) -> None:
    acteur = Acteur(role, getattr(par, "id", None))
    agir(monde.session, acte, sujet, donnees, acteur=acteur, maintenant=le(quand))


def test_ce_qui_est_demande_se_repond_en_un_endroit_et_se_lit_en_entier(monde: Monde) -> None:
    sujet = deposer(monde)
    avancer(monde.session, sujet, JOUR)
    dossier = monde.session.get_one(Dossier, sujet.id)
    demande = {"pieces": ["deliberation"], "questions": ["À qui est l'îlot ?"], "avant_le": "2026-04-10"}
    faire(monde, "demander_pieces", sujet, "agent", monde.agent, "2026-03-31 10:00", **demande)
    with pytest.raises(Refus, match=r"Délibération ou décision.*, À qui est l'îlot"):
        faire(monde, "completer", sujet, "porteur", monde.contact, "2026-04-01 10:00")
    monde.session.expire_all()
    monde.session.add(
        Piece(
            dossier_id=sujet.id,
            code="deliberation",
            empreinte="1" * 64,
            nom_origine="d.pdf",
            type_reel="application/pdf",
            taille=1,
            deposee_le=le("2026-04-10 23:30"),
        )
    )
    piece_jointe(monde.session, dossier, "deliberation", le("2026-04-10 23:30"))  # its very day is in time
    faire(monde, "completer", sujet, "porteur", monde.contact, "2026-04-13 10:00", message="À la ville")
    dites = suivre_instruction(monde.session, OPERATEUR, dossier, le("2026-04-14 10:00")).demandes
    assert [(d.texte, d.fichier, d.reponse, d.en_retard) for d in dites] == [
        ("Délibération ou décision de l’instance compétente du porteur", "d.pdf", "", False),
        ("À qui est l'îlot ?", "", "À la ville", True),
    ]
    assert (dites[0].par, dites[0].avant_le) == ("Noa Agent", date(2026, 4, 10))


@pytest.mark.parametrize(
    ("demande", "raison"),
    [
        ({"avant_le": "2026-04-10"}, "Dites ce que vous demandez"),
        ({"questions": ["Q ?"], "avant_le": "2026-03-30"}, "doit être à venir"),
        ({"pieces": ["contrat"], "avant_le": "2026-04-10"}, "« contrat » n'est pas une pièce de ce règlement"),
        ({"pieces": ["bilan", "bilan"], "avant_le": "2026-04-10"}, "bilan"),
    ],
)
def test_une_demande_mal_faite_est_refusee(monde_leger: Monde, demande: dict[str, Any], raison: str) -> None:
    with pytest.raises(DonneesInvalides, match=raison):
        monde_leger.faire("demander_pieces", monde_leger.dossier(), demande, monde_leger.agent, "agent")


def test_les_avis_se_lisent_avec_leurs_reserves_et_leur_retard(monde: Monde) -> None:
    sujet, prefet, service = deposer(monde), monde.personne(structure=monde.porteur), monde.personne()
    avancer(monde.session, sujet, JOUR)
    demande = {"personnes": [prefet.id, service.id], "question": "Est-ce utile ?"}
    faire(monde, "demander_avis", sujet, "agent", monde.agent, "2026-03-31 10:00", **demande)
    with pytest.raises(DonneesInvalides, match="un avis favorable n'en a pas"):
        faire(
            monde,
            "rendre_avis",
            sujet,
            "consulte",
            prefet,
            "2026-04-01 10:00",
            sens="favorable",
            texte="Oui",
            reserves="Si…",
        )
    avis = {
        "sens": "reserve",
        "texte": "Utile",
        "reserves": "Signer la cession\n\nPrévoir l'entretien",
        "confidentiel": True,
    }
    faire(monde, "rendre_avis", sujet, "consulte", prefet, "2026-04-02 10:00", **avis)
    dossier = monde.session.get_one(Dossier, sujet.id)
    premier, second = suivre_instruction(monde.session, OPERATEUR, dossier, le("2026-05-04 10:00")).avis
    assert (premier.structure, premier.sens, premier.confidentiel) == ("Commune de Valmont", "reserve", True)
    assert premier.reserves == ("Signer la cession", "Prévoir l'entretien")
    assert (premier.en_retard, second.sens, second.en_retard) == (False, "", True)


def test_chaque_partie_garde_tous_ses_renvois(monde: Monde) -> None:
    dossier = monde.dossier("etude_en_cours")
    sujet = sujet_de(dossier)
    for jour, raison in ((1, "Il manque le bilan"), (2, "Il manque l'entretien")):
        faire(
            monde,
            "deposer_volet",
            sujet,
            "accompagnateur",
            monde.conseil,
            f"2026-04-0{jour} 09:00",
            volet="montage_maquette",
        )
        faire(
            monde,
            "renvoyer_volet",
            sujet,
            "agent",
            monde.agent,
            f"2026-04-0{jour} 10:00",
            volet="montage_maquette",
            commentaire=raison,
        )
    with pytest.raises(DonneesInvalides, match="commentaire"):
        faire(
            monde,
            "renvoyer_volet",
            sujet,
            "agent",
            monde.agent,
            "2026-04-03 10:00",
            volet="montage_maquette",
            commentaire=" ",
        )
    volet = next(
        v for v in suivre_instruction(monde.session, OPERATEUR, dossier, JOUR).volets if v.code == "montage_maquette"
    )
    assert (volet.statut, [p.commentaire for p in volet.passages if p.commentaire]) == (
        "renvoye",
        ["Il manque le bilan", "Il manque l'entretien"],
    )


# --- argent -----------------------------------------------------------------------------------------------------------


def test_l_etat_borne_l_avance_et_les_acomptes_de_son_seul_argent(monde: Monde) -> None:
    dossier = monde.dossier("retenu_etude")
    prive = monde.engager(dossier, "aide_etude", "1000.00")
    etat = structure(monde.session, "Préfecture du Val", "etat")
    enveloppe = Enveloppe(campagne_id=identifiant(monde.campagne), financeur_id=identifiant(etat), nature="aide_etude",
                          montant=Decimal(9000), engage_net=Decimal("999.99"))  # fmt: skip
    monde.session.add(enveloppe)
    monde.session.flush()
    public = Engagement(enveloppe_id=identifiant(enveloppe), dossier_id=identifiant(dossier), nature="aide_etude",
                        engage=Decimal("999.99"), engage_le=JOUR)  # fmt: skip
    monde.session.add(public)
    monde.session.flush()
    assert payable(monde.session, monde.reglement, public, "acompte") == Decimal("299.99")  # 30 %, never a centime more
    assert payable(monde.session, monde.reglement, public, "intermediaire") == Decimal("799.99")
    assert payable(monde.session, monde.reglement, public, "solde") == Decimal("999.99")
    assert payable(monde.session, monde.reglement, prive, "acompte") == Decimal("1000.00")
    public.paye, public.reverse = Decimal("299.99"), Decimal("100.00")  # what came back may be paid again
    assert payable(monde.session, monde.reglement, public, "acompte") == Decimal("100.00")
    public.paye, public.reverse = Decimal(0), Decimal(0)
    # The règlement asks half of 1 999,99 at the signature: 1 000 comes from the first, and the State gives nothing yet.
    monde.habiliter(monde.contact, "porteur", dossier=dossier)
    signature = {"nature": "aide_etude", "signee_le": "2026-03-30", "reference": "C-1"}
    faire(monde, "signer_convention", sujet_de(dossier), "agent", monde.agent, "2026-03-30 11:00", **signature)
    monde.session.refresh(prive)
    assert (prive.paye, public.paye) == (Decimal(1000), Decimal(0))


def test_une_avance_ramenee_a_son_plafond_le_dit(monde: Monde) -> None:
    dossier = monde.dossier("retenu_etude")
    public = monde.engager(dossier, "aide_etude", "4000.00")
    monde.financeur.kind = "etat"
    monde.session.flush()
    monde.habiliter(monde.contact, "porteur", dossier=dossier)
    signature = {"nature": "aide_etude", "signee_le": "2026-03-30", "reference": "C-1"}
    faire(monde, "signer_convention", sujet_de(dossier), "agent", monde.agent, "2026-03-30 11:00", **signature)
    monde.session.refresh(public)
    assert public.paye == Decimal("1200.00")
    garde = monde.session.exec(select(ConstatLigne).where(ConstatLigne.regle == "plafond_versement")).one()
    assert (garde.valeur.replace("\u202f", " "), garde.article) == ("2 000,00\xa0€", "art. 10.3")


def test_les_aides_de_minimis_se_comptent_par_beneficiaire_dans_toutes_les_campagnes(monde: Monde) -> None:
    monde.porteur.kind = "organisme_hlm"
    autre = monde.dossier("conventionne", porteur_id=monde.porteur.id)
    verse = monde.engager(autre, "aide_projet", "15000.00")
    verse.libere = Decimal(1000)
    monde.engager(autre, "aide_etude", "5000.00")  # paid to the accompagnateur, not to the porteur
    ancien = monde.engager(monde.dossier("clos"), "participation", "2000.00")
    ancien.nature = "participation"
    dossier = monde.dossier("evalue", reponses={"aides_minimis": "280000.00"})
    monde.session.flush()

    def compte(quand: str = "2026-06-01 10:00") -> Any:
        return construire(monde.session, dossier, monde.reglement, acteur=SYSTEME, donnees={}, maintenant=le(quand))[
            "minimis"
        ]

    assert compte()["aide_projet"] == {"concerne": True, "compte": 294_000_00}
    assert compte()["aide_etude"] == {"concerne": True, "compte": 5_000_00}
    assert compte("2029-03-31 10:00")["aide_projet"]["compte"] == 280_000_00  # older than three years
    # An establishment of the same enterprise: what it had counts too. Another one's does not.
    monde.porteur.siret = "73282932000074"
    for siret in ("73282932000082", "73282931000018"):
        voisine = structure(monde.session, f"Voisine {siret}", "organisme_hlm")
        voisine.siret = siret
        voisin = identifiant(monde.dossier("conventionne", porteur_id=voisine.id))
        ligne: dict[str, Any] = {"enveloppe_id": verse.enveloppe_id, "nature": "aide_projet", "engage_le": JOUR}
        monde.session.add(Engagement(dossier_id=voisin, engage=Decimal(1000), **ligne))
    assert compte()["aide_projet"]["compte"] == 295_000_00
    monde.porteur.kind = "collectivite"
    assert compte()["aide_projet"] == {"concerne": False, "compte": 0}


# --- avertissements ---------------------------------------------------------------------------------------------------


def test_un_avertissement_se_dit_et_se_garde_sans_rien_bloquer(engine_sqlite: Engine) -> None:
    with Session(engine_sqlite, expire_on_commit=False) as session:
        monde = planter(session, charger(ANRU_PLUS))
        session.add(Territoire(code="QP034005", millesime=2015, kind="NPNRU", nom="Mosson", commune="Montpellier"))
        dossier = monde.dossier(
            "candidature_deposee",
            cout_prevu=Decimal(240_000),
            montant_demande=Decimal(120_000),
            reponses={"motif_candidature_seule": "La commune n'a pas la compétence"},
        )
        session.add(DossierTerritoire(dossier_id=identifiant(dossier), code="QP034005"))
        monde.habiliter(monde.contact, "porteur", dossier=dossier)
        session.flush()
        sorties = {s.code: s for s in pourquoi(session, OPERATEUR, dossier, JOUR).sorties}
        assert sorties["declarer_recevable"].ouverte
        assert [m.vers for m in avancer(session, sujet_de(dossier), JOUR)] == ["recevable"]
        gardes = [c for c in passe(session, OPERATEUR, dossier)[-1].constats if not c.satisfait]
        assert [(c.regle, c.defaut) for c in gardes] == [
            ("habitants_associes", "avertissement"),
            ("financeur_associe", "avertissement"),
        ]
        assert gardes[0].raison.startswith("Aucun groupe d’habitants")

        def a_regarder() -> tuple[list[str], int]:
            """What the sheet says, and what the list counts."""
            rubriques = {r.titre: r.lignes for r in fiche(session, OPERATEUR, dossier.numero).rubriques}
            liste = lister_dossiers(session, OPERATEUR, monde.campagne)
            return [dit for dit, _ in rubriques.get("À regarder", ())], liste[0].a_regarder

        habitants, financeur = a_regarder()[0]
        assert (habitants, a_regarder()[1]) == ("Des habitants sont parmi les partenaires (art. 3.4)", 2)
        # A later look at the same condition has the last word.
        regarde = session.exec(select(ConstatLigne).where(ConstatLigne.regle == "habitants_associes")).one()
        session.add(ConstatLigne(**{**regarde.model_dump(exclude={"id"}), "satisfait": True}))
        session.flush()
        assert a_regarder() == ([financeur], 1)
