"""What a session said cannot be erased, walked around, said before its day, nor rewritten by what is learnt later."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from ami.agir import agir
from ami.annonces import agent_par_defaut, apercevoir, notifier_seance
from ami.erreurs import DonneesInvalides, Refus
from ami.models import DeportComite, Dossier, Habilitation, Vote
from ami.proces_verbal import composer
from ami.scrutins import accorder, deporter, examiner, voter
from ami.seances import convoquer, deplacer, emarger
from ami.sujets import Acteur, Sujet, identifiant
from ami.votes import tours_retenus
from tests.usecases.monde import Monde
from tests.usecases.seance import SOIR, TENUE, VEILLE, Seance, doter, evalue, seance

LAUREAT = {"montant_accorde": "15000.00"}


def dit(s: Seance, dossier: Dossier) -> dict[str, str]:
    """What the minutes say of a dossier decided."""
    [trouve] = [d for d in composer(s.monde.session, s.comite)["decisions"] if d["dossier"] == dossier.numero]
    return dict(trouve["faits"])


def test_rien_ne_se_signe_ni_ne_se_vote_avant_le_jour_de_la_seance(monde_leger: Monde) -> None:
    session, r, dossier = monde_leger.session, monde_leger.reglement, evalue(monde_leger)
    s = seance(monde_leger)
    with pytest.raises(DonneesInvalides, match="pas encore réuni"):
        emarger(session, s.comite, s.occupants, VEILLE)
    with pytest.raises(DonneesInvalides, match="pas encore réuni"):
        examiner(session, s.comite, dossier, VEILLE)
    deplacer(session, s.comite, r, tenue_le=TENUE + timedelta(days=7), lieu="Lyon", maintenant=TENUE)
    assert (s.comite.presents, s.comite.sieges) == ([], {})


def test_un_vote_ne_s_efface_pas_et_il_en_faut_autant_que_le_quorum(monde: Monde) -> None:
    """On both databases: only one vote of a seat is in force, whatever number came before."""
    session, dossier, s = monde.session, evalue(monde), seance(monde)
    s.voter(dossier, "laureat", "p")
    with pytest.raises(Refus, match=r"1 membre.s. se sont exprimés, il en faut 3"):
        s.deliberer(dossier, "laureat", **LAUREAT)
    s.voter(dossier, "non_retenu", "ccc")
    s.voter(dossier, "laureat", "cccp")
    deporter(session, s.comite, s.sieges[4], dossier, "Son frère est porteur.", TENUE)
    s.voter(dossier, "laureat", "ppc")
    s.deliberer(dossier, "laureat", **LAUREAT)

    a, b, c, d = s.sieges[:4]
    faits = dit(s, dossier)
    assert faits["Expression du comité"] == "3 pour, 1 contre, 0 abstention"
    assert faits["Votes modifiés"] == f"{a} : contre, puis pour ; {b} : contre, puis pour"
    assert faits["Autres scrutins"] == (
        "« Lauréat » (1 pour, 0 contre, 0 abstention), puis « Non retenu » (0 pour, 3 contre, 0 abstention)"
    )
    en_vigueur = session.exec(select(Vote).where(col(Vote.remplace_le).is_(None)).order_by(col(Vote.id)))
    assert {vote.membre: vote.sens for vote in en_vigueur} == {a: "pour", b: "pour", c: "contre", d: "pour"}


def test_ce_qu_une_seance_a_rejete_une_autre_ne_le_decide_qu_en_votant(monde_leger: Monde) -> None:
    session, dossier, s = monde_leger.session, evalue(monde_leger), seance(monde_leger)
    s.voter(dossier, "laureat", "ccc")
    assert composer(session, s.comite)["sans_decision"] == [
        f"{dossier.numero} – {dossier.titre}. Mis aux voix : « Lauréat » (0 pour, 3 contre, 0 abstention)"
    ]
    bis, _ = convoquer(
        session, monde_leger.campagne, monde_leger.reglement, code="c2", tenue_le=SOIR, lieu="Lyon", maintenant=TENUE
    )
    premiere, s.comite = s.comite, bis
    emarger(session, bis, dict.fromkeys(bis.membres[:3]), TENUE)
    with pytest.raises(Refus, match=rf"comité {premiere.code} a rejeté « laureat » : 0 pour, 3 contre"):
        s.deliberer(dossier, "laureat", **LAUREAT)
    accorder(examiner(session, bis, dossier, TENUE), "laureat")
    with pytest.raises(Refus, match="a rejeté « laureat »"):
        s.deliberer(dossier, "laureat", **LAUREAT)
    emarger(session, bis, s.occupants, TENUE)
    s.voter(dossier, "laureat", "ppp")
    s.deliberer(dossier, "laureat", **LAUREAT)


def test_un_membre_agit_pour_la_seance_ou_il_siege_et_vote_tant_qu_il_en_a_le_role(monde_leger: Monde) -> None:
    session, dossier, s = monde_leger.session, evalue(monde_leger), seance(monde_leger, presents=4)

    def decider(membre: int | None) -> None:
        donnees = {"decision": "laureat", "motif": "Bon projet.", "comite": s.comite.id, **LAUREAT}
        sujet = Sujet("dossier", identifiant(dossier))
        agir(session, "deliberer", sujet, donnees, acteur=Acteur("membre_comite", membre), maintenant=TENUE)

    with pytest.raises(Refus, match="Vous ne teniez aucun siège"):
        decider(monde_leger.personne("membre_comite").id)
    premier = s.occupants[s.sieges[0]]
    role = session.exec(select(Habilitation).where(Habilitation.personne_id == premier.id)).one()
    role.jusqu_a = TENUE - timedelta(hours=1)
    session.flush()
    with pytest.raises(Refus, match=f"{s.sieges[0]} .* n'a plus le rôle"):
        s.voter(dossier, "laureat", "p")
    voter(examiner(session, s.comite, dossier, TENUE), "laureat", dict.fromkeys(s.sieges[1:4], "pour"))
    decider(s.occupants[s.sieges[1]].id)


def test_ce_qu_on_apprend_plus_tard_ne_recrit_pas_le_proces_verbal_mais_arrete_l_annonce(monde_leger: Monde) -> None:
    session, dossier, s = monde_leger.session, evalue(monde_leger), seance(monde_leger, presents=4)
    doter(monde_leger)
    a, d = s.sieges[0], s.sieges[3]
    s.occupants[d].structure_id = monde_leger.porteur.id
    s.voter(dossier, "laureat", "pac")
    s.voter(dossier, "laureat", "pap")
    s.deliberer(dossier, "laureat", **LAUREAT)
    avant = composer(session, s.comite)
    assert avant["deports"] == [[dossier.numero, d, "Sa structure porte ce dossier"]]

    # One whose vote was needed turns out to work for the porteur; the one who had left does no longer.
    s.occupants[a].structure_id, s.occupants[d].structure_id = monde_leger.porteur.id, None
    session.flush()
    assert composer(session, s.comite) == avant
    assert session.exec(select(DeportComite.membre)).all() == [d]
    agent = agent_par_defaut(session, s.comite, SOIR)
    [annonce] = apercevoir(session, s.comite, agent, SOIR)
    assert f"2 membre(s) pouvaient en juger, il en faut 3 ({a} : sa structure porte" in (annonce.empechement or "")
    with pytest.raises(Refus, match="Faites-en délibérer de nouveau"):
        notifier_seance(session, s.comite, agent, SOIR)
    s.occupants[a].structure_id = None
    session.flush()
    assert len(notifier_seance(session, s.comite, agent, SOIR)) == 1


def test_apres_une_decision_un_vote_sur_une_autre_la_rouvre(monde_leger: Monde) -> None:
    session, dossier, s = monde_leger.session, evalue(monde_leger), seance(monde_leger)
    doter(monde_leger)
    s.voter(dossier, "non_retenu", "ppp")
    s.deliberer(dossier, "non_retenu")
    s.voter(dossier, "laureat", "ppp")
    assert "Lauréat" in dit(s, dossier)["Autres scrutins"]
    assert tours_retenus(session, s.comite) == {(dossier.id, "deliberer"): 1}  # what a pack shows: what was decided
    with pytest.raises(Refus, match="s'est prononcé depuis sur « laureat »"):
        notifier_seance(session, s.comite, agent_par_defaut(session, s.comite, SOIR), SOIR)
    s.deliberer(dossier, "laureat", **LAUREAT)
    assert dit(s, dossier)["Autres scrutins"] == "« Non retenu » (3 pour, 0 contre, 0 abstention)"
    with pytest.raises(DonneesInvalides, match="tout est dit"):
        s.voter(dossier, "laureat", "ccc")
    assert len(notifier_seance(session, s.comite, agent_par_defaut(session, s.comite, SOIR), SOIR)) == 1
