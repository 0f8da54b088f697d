"""What evaluators say of themselves: skills, regions, how much they accept, and the interests they declare."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from ami.conflits import conflits_de_chacun
from ami.erreurs import DonneesInvalides, Introuvable
from ami.models import Affectation, Campagne, Dossier, Interet, Personne, ProfilEvaluateur, Structure
from ami.regards import Regard, exiger_vue
from ami.saisie import aplatir, texte_lisible
from ami.sujets import identifiant
from ami.vivier import DEMANDEE, RENDUE, charges, evaluateurs_de, prevues, profils_de

LONGUEUR_MAX: Final = 120  # characters of a skill or of a region
COMMUNE_MAX: Final = 200


@dataclass(frozen=True)
class Objet:
    """What an interest is in: a structure, or a commune."""

    structure_id: int | None = None
    commune: str | None = None


@dataclass(frozen=True)
class Fiche:
    """An evaluator of a campagne: profile, dossiers given, dossiers planned, interests declared."""

    personne: Personne
    profil: ProfilEvaluateur
    charge: int
    prevue: int
    interets: list[str] = field(default_factory=list)


def definir_profil(
    session: Session,
    personne: Personne,
    *,
    competences: Sequence[str] | None = None,
    regions: Sequence[str] | None = None,
    charge_max: int | None = None,
    sans_limite: bool = False,
) -> ProfilEvaluateur:
    """Write what is given and leave the rest; an empty list empties.

    Raises:
        DonneesInvalides: a word that is empty or too long, a negative number of dossiers, a limit and none at once.
    """
    if charge_max is not None and (charge_max < 0 or sans_limite):
        raise DonneesInvalides("« charge » : donnez un nombre de dossiers, zéro ou plus, ou dites « sans limite ».")
    profil = profil_de(session, personne)
    if competences is not None:
        profil.competences = _mots("competence", competences)
    if regions is not None:
        profil.regions = _mots("region", regions)
    if charge_max is not None or sans_limite:
        profil.charge_max = charge_max
    session.add(profil)
    session.flush()
    return profil


def profil_de(session: Session, personne: Personne) -> ProfilEvaluateur:
    """The profile of a person; an empty one, not kept, when they said nothing."""
    personne_id = identifiant(personne)
    return profils_de(session, [personne_id]).get(personne_id) or ProfilEvaluateur(personne_id=personne_id)


def declarer_interet(session: Session, personne: Personne, objet: Objet, motif: str, maintenant: datetime) -> Interet:
    """Remember an interest: the dossiers it touches are no longer theirs to read.

    Raises:
        DonneesInvalides: no motif, neither or both of structure and commune, or the same interest already declared.
    """
    _controler(objet)
    motif = _lisible("motif", motif)
    if not motif:
        raise DonneesInvalides("« motif » : dites en quelques mots quel est cet intérêt.")
    if _trouver(session, personne, objet) is not None:
        raise DonneesInvalides(f"{personne.nom_complet} a déjà déclaré cet intérêt.")
    interet = Interet(
        personne_id=identifiant(personne),
        structure_id=objet.structure_id,
        commune=_lisible("commune", objet.commune) if objet.commune else None,
        motif=motif,
        declare_le=maintenant,
    )
    session.add(interet)
    session.flush()
    return interet


def retirer_interet(session: Session, personne: Personne, objet: Objet) -> None:
    """Forget an interest declared.

    Raises:
        DonneesInvalides: neither or both of structure and commune.
        Introuvable: it was not declared.
    """
    _controler(objet)
    interet = _trouver(session, personne, objet)
    if interet is None:
        raise Introuvable(f"{personne.nom_complet} n'a pas déclaré cet intérêt : il n'y a rien à retirer.")
    session.delete(interet)
    session.flush()


def interets_de(session: Session, personnes: Sequence[int]) -> dict[int, list[str]]:
    """The interests of each person, in words: in what, and why."""
    requete = (
        select(Interet, Structure.nom)
        .join(Structure, col(Structure.id) == col(Interet.structure_id), isouter=True)
        .where(col(Interet.personne_id).in_(personnes))
        .order_by(col(Interet.id))
    )
    dits: dict[int, list[str]] = {personne_id: [] for personne_id in personnes}
    for interet, nom in session.exec(requete):
        quoi = nom if interet.structure_id is not None else f"commune de {interet.commune}"
        dits[interet.personne_id].append(f"{quoi} ({interet.motif})")
    return dits


def lectures_en_conflit(session: Session, personne: Personne) -> list[tuple[Dossier, str]]:
    """The dossiers a person was asked to evaluate, or evaluated, and may no longer judge, by number; and why."""
    requete = (
        select(Dossier)
        .join(Affectation, col(Affectation.dossier_id) == col(Dossier.id))
        .where(Affectation.personne_id == personne.id, col(Affectation.statut).in_((DEMANDEE, RENDUE)))
        .order_by(col(Dossier.numero))
    )
    dossiers = list(session.exec(requete))
    trouves = conflits_de_chacun(session, dossiers, [personne])
    motifs = [(d, trouves[identifiant(d)].get(identifiant(personne))) for d in dossiers]
    return [(dossier, motif) for dossier, motif in motifs if motif is not None]


def fiches(session: Session, regard: Regard, campagne: Campagne, maintenant: datetime) -> list[Fiche]:
    """The pool of a campagne, by name; for staff."""
    exiger_vue(session, regard, campagne, "conduite")
    campagne_id = identifiant(campagne)
    gens = {identifiant(personne): personne for personne in evaluateurs_de(session, campagne_id, maintenant)}
    profils, donnes = profils_de(session, gens), charges(session, campagne_id)
    promis = [prevue.personne_id for prevue in prevues(session, campagne_id)]
    interets = interets_de(session, list(gens))
    lues = [
        Fiche(
            personne=personne,
            profil=profils.get(i) or ProfilEvaluateur(personne_id=i),
            charge=donnes.get(i, 0),
            prevue=promis.count(i),
            interets=interets[i],
        )
        for i, personne in gens.items()
    ]
    return sorted(lues, key=lambda fiche: (fiche.personne.nom, fiche.personne.prenom, fiche.personne.id or 0))


def _controler(objet: Objet) -> None:
    if (objet.structure_id is None) == (not (objet.commune or "").strip()):
        raise DonneesInvalides("Un intérêt porte sur une structure, ou sur une commune : donnez l'une des deux.")
    if objet.commune is not None and len(objet.commune) > COMMUNE_MAX:
        raise DonneesInvalides(f"« commune » : {COMMUNE_MAX} caractères au plus.")


def _trouver(session: Session, personne: Personne, objet: Objet) -> Interet | None:
    """The interest already declared, whatever the capitals of the commune."""
    requete = select(Interet).where(Interet.personne_id == personne.id).order_by(col(Interet.id))
    for interet in session.exec(requete):
        meme_commune = objet.commune is not None and aplatir(interet.commune or "") == aplatir(objet.commune)
        if meme_commune or (objet.structure_id is not None and interet.structure_id == objet.structure_id):
            return interet
    return None


def _mots(champ: str, mots: Sequence[str]) -> list[str]:
    """The words given, each once, in their order."""
    gardes: dict[str, str] = {}
    for mot in (_lisible(champ, mot) for mot in mots):
        if not aplatir(mot) or len(mot) > LONGUEUR_MAX:
            raise DonneesInvalides(f"« {champ} » : un mot ou une expression, {LONGUEUR_MAX} caractères au plus.")
        gardes.setdefault(aplatir(mot), mot)
    return list(gardes.values())


def _lisible(champ: str, texte: str) -> str:
    try:
        return texte_lisible(texte).strip()
    except ValueError as erreur:
        raise DonneesInvalides(f"« {champ} » : {erreur}.") from erreur
