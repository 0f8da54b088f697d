"""Départements and regions of France (code officiel géographique, Insee), to place a quartier by its code alone."""

from typing import Final

_DEPARTEMENTS_PAR_REGION: Final[dict[str, str]] = {
    "Auvergne-Rhône-Alpes": "01 03 07 15 26 38 42 43 63 69 73 74",
    "Bourgogne-Franche-Comté": "21 25 39 58 70 71 89 90",
    "Bretagne": "22 29 35 56",
    "Centre-Val de Loire": "18 28 36 37 41 45",
    "Corse": "2A 2B",
    "Grand Est": "08 10 51 52 54 55 57 67 68 88",
    "Guadeloupe": "971",
    "Guyane": "973",
    "Hauts-de-France": "02 59 60 62 80",
    "Île-de-France": "75 77 78 91 92 93 94 95",
    "La Réunion": "974",
    "Martinique": "972",
    "Mayotte": "976",
    "Normandie": "14 27 50 61 76",
    "Nouvelle-Aquitaine": "16 17 19 23 24 33 40 47 64 79 86 87",
    "Occitanie": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "Pays de la Loire": "44 49 53 72 85",
    "Provence-Alpes-Côte d'Azur": "04 05 06 13 83 84",
    "Polynésie française": "987",
    "Saint-Martin": "978",
}
REGIONS: Final[tuple[str, ...]] = tuple(_DEPARTEMENTS_PAR_REGION)
DEPARTEMENTS: Final = frozenset(" ".join(_DEPARTEMENTS_PAR_REGION.values()).split())
_REGION_PAR_DEPARTEMENT: Final[dict[str, str]] = {
    departement: region for region, liste in _DEPARTEMENTS_PAR_REGION.items() for departement in liste.split()
}


def departement_du_quartier(code: str) -> str:
    """The département written in the code of a quartier: QP009001 → 09, QN97414I → 974, QP02A001 → 2A."""
    trois = code[2:5]
    if trois[:2] in {"2A", "2B"}:
        return trois[:2]
    return trois[1:] if trois.startswith("0") else trois


def region_du_departement(departement: str | None) -> str | None:
    """The region of a département, or None when it is unknown."""
    return _REGION_PAR_DEPARTEMENT.get((departement or "").strip().upper().zfill(2))
