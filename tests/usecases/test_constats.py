"""What made a decision is kept with it, and told to the person it goes against: value found, threshold, article."""

from datetime import datetime
from decimal import Decimal
from email import message_from_bytes, policy
from html.parser import HTMLParser

from sqlmodel import col, select

from ami.agir import agir, avancer
from ami.contexte import taux_pour_mille
from ami.journal import verifier
from ami.models import Comite, ConstatLigne, Courriel, Echeance
from ami.sujets import Acteur, Sujet, identifiant
from tests.usecases.candidature import PIECES, deposer
from tests.usecases.monde import JOUR, Monde, le


def ouvrir_echeance(monde: Monde, dossier_id: int, code: str, due_a: datetime) -> None:
    regle = monde.reglement.echeance_par_code[code]
    monde.session.add(
        Echeance(
            sujet_kind="dossier",
            sujet_id=dossier_id,
            campagne_id=identifiant(monde.campagne),
            code=code,
            acte=regle.acte,
            role=regle.role,
            ouverte_le=JOUR,
            ouverte_seq=1,
            due_a=due_a,
        )
    )
    monde.session.flush()


def constats(monde: Monde, sujet: Sujet, seq: int) -> list[ConstatLigne]:
    """Those of one move, in the order they were written."""
    requete = select(ConstatLigne).where(ConstatLigne.sujet_id == sujet.id, ConstatLigne.seq == seq)
    return list(monde.session.exec(requete.order_by(col(ConstatLigne.id))))


class _Texte(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lu = ""

    def handle_data(self, data: str) -> None:
        self.lu += data


def editions(monde: Monde, message: str) -> dict[str, str]:
    """The text and the HTML of the only courriel of that message to the contact, as a person reads them."""
    requete = select(Courriel).where(Courriel.message == message, Courriel.destinataire == monde.contact.courriel)
    parties = {}
    for partie in message_from_bytes(monde.session.exec(requete).one().octets, policy=policy.default).walk():
        if partie.get_content_type() == "text/plain":
            parties["texte"] = simple(partie.get_content())
        elif partie.get_content_type() == "text/html":
            lecteur = _Texte()
            lecteur.feed(partie.get_content().partition("<body")[2])
            parties["html"] = simple(lecteur.lu)
    assert set(parties) == {"texte", "html"}
    return parties


def simple(texte: str) -> str:
    """Blanks of any kind folded into one space."""
    return " ".join(texte.split())


def test_an_automatic_irrecevabilite_keeps_the_two_guards_that_caused_it_and_quotes_them(monde: Monde) -> None:
    sujet = deposer(monde, cout="6400.00", aide="6000.00")
    (mouvement,) = avancer(monde.session, sujet, JOUR)
    assert mouvement.vers == "irrecevable"
    gardes = [(simple(c.valeur), simple(c.seuil), c.article) for c in constats(monde, sujet, mouvement.seq)]
    assert gardes == [("6 000,00 €", "5 000,00 €", "art. 6.1"), ("93,8 %", "80 %", "art. 6.1")]
    assert not any(c.satisfait for c in constats(monde, sujet, mouvement.seq))
    for edition in editions(monde, "irrecevabilite").values():
        assert "L’aide demandée (6 000,00 €) dépasse le plafond de 5 000,00 €." in edition
        assert "L’aide demandée représente 93,8 % du coût de l’étude ; le maximum est de 80 %." in edition
        assert simple(monde.reglement.recours) in edition
    assert verifier(monde.session) == []


def test_a_missed_deadline_keeps_and_tells_the_day_it_ended(monde: Monde) -> None:
    sujet = deposer(monde, pieces=PIECES[:2])
    (demande,) = avancer(monde.session, sujet, JOUR)
    assert demande.vers == "a_completer"
    assert avancer(monde.session, sujet, le("2026-05-05 23:59")) == []
    (mouvement,) = avancer(monde.session, sujet, le("2026-05-06 00:00"))
    assert mouvement.vers == "irrecevable"
    (constat,) = constats(monde, sujet, mouvement.seq)
    assert (constat.valeur, constat.seuil, constat.article, constat.satisfait) == (
        "Lettre d’engagement du bailleur ou de l’aménageur",
        "5 mai 2026",
        "art. 4.4",
        False,
    )
    for edition in editions(monde, "irrecevabilite").values():
        assert (
            "Les compléments demandés (Lettre d’engagement du bailleur ou de l’aménageur) ne sont pas parvenus dans le "
            "dernier délai, qui courait jusqu’au 5 mai 2026."
        ) in edition


def test_an_automatic_acceptance_keeps_every_guard_it_met(monde: Monde) -> None:
    sujet = deposer(monde)
    (mouvement,) = avancer(monde.session, sujet, JOUR)
    gardes = constats(monde, sujet, mouvement.seq)
    assert [c.regle for c in gardes] == [garde.code for garde in monde.reglement.controles["recevabilite"]]
    assert all(c.satisfait for c in gardes)


def test_a_score_closed_at_the_deadline_keeps_what_closed_it(monde: Monde) -> None:
    dossier = monde.dossier("en_evaluation")
    evaluateurs = [monde.personne("evaluateur") for _ in range(3)]
    for personne, statut in zip(evaluateurs, ("rendue", "rendue", "demandee"), strict=True):
        monde.affecter(dossier, personne, statut)
    ouvrir_echeance(monde, identifiant(dossier), "evaluation", le("2026-04-20 23:59:59"))
    (mouvement,) = avancer(monde.session, Sujet("dossier", identifiant(dossier)), le("2026-04-21 06:00"))
    assert [(simple(c.valeur), c.seuil) for c in constats(monde, mouvement.sujet, mouvement.seq)] == [
        ("0", "0"),  # nobody has an interest
        ("2", "0"),
        ("non", ""),  # no further evaluator is to be asked
        ("2", "2"),
        ("21 avril 2026 à 6 h 00", "20 avril 2026"),
        ("", ""),  # nor is one awaited
    ]


def test_the_reject_of_the_comite_is_told_with_its_reasons(monde: Monde) -> None:
    dossier = monde.dossier("evalue")
    monde.habiliter(monde.contact, "porteur", dossier=dossier)
    membres = ["Réseau", "Agence", "Union"]
    seance = Comite(
        campagne_id=identifiant(monde.campagne),
        code="c1",
        tenue_le=JOUR,
        lieu="Paris",
        membres=membres,
        presents=membres,
    )
    monde.session.add(seance)
    monde.session.flush()
    sujet, agent = Sujet("dossier", identifiant(dossier)), Acteur("agent", monde.agent.id)
    motif = "La note obtenue (47,2/100) est sous le seuil de 50/100.\nLe foncier n’est pas maîtrisé."
    decision = {"decision": "non_retenu", "motif": motif, "comite": seance.id}
    agir(monde.session, "deliberer", sujet, decision, acteur=agent, maintenant=JOUR)
    agir(monde.session, "notifier", sujet, {}, acteur=agent, maintenant=JOUR)
    for edition in editions(monde, "rejet").values():
        assert "La note obtenue (47,2/100) est sous le seuil de 50/100." in edition
        assert "Le foncier n’est pas maîtrisé." in edition
        assert simple(monde.reglement.recours) in edition


def test_a_share_one_thousandth_over_its_ceiling_shows(monde_leger: Monde) -> None:
    assert [taux_pour_mille(Decimal(part), Decimal(6000)) for part in ("4800", "4800.01", "4803", "0")] == [
        800,
        801,
        801,
        0,
    ]
    sujet = deposer(monde_leger, cout="6000.00", aide="4803.00")
    (mouvement,) = avancer(monde_leger.session, sujet, JOUR)
    assert mouvement.vers == "irrecevable"
