"""The .ics part: a due date or a meeting for the recipient's diary."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event, Timezone, vText

from notifications.catalogue import Agenda, FaitManquant, Message
from notifications.formats import PARIS, instant
from notifications.textes import ligne

PREAVIS_ECHEANCE = timedelta(minutes=30)
ALARME = timedelta(days=-2)

# Legal time in France since 1996 (directive 2000/84/CE): spelled out so that the same bytes come out everywhere.
_HEURE_LEGALE = b"""BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


@dataclass(frozen=True)
class Evenement:
    """One entry of a diary. `occupe`: the person has to be there, as opposed to having acted by then.

    A meeting that may be moved or cancelled has a name of its own (`serie`) and a `revision`: the diary then replaces
    the entry it holds instead of adding another (RFC 5545, UID and SEQUENCE).
    """

    titre: str
    debut: datetime
    fin: datetime
    description: str
    lieu: str | None
    occupe: bool
    serie: str | None = None
    revision: int = 1
    annule: bool = False


def evenement_de(message: Message) -> Evenement | None:
    """What the message puts in a diary, or None when it has no date."""
    match message.agenda:
        case Agenda.ECHEANCE:
            return _echeance(message)
        case Agenda.ACTION:
            return _rencontre(message, "action")
        case Agenda.COMITE:
            return _rencontre(message, "comite")
        case Agenda.COMITE_ANNULE:
            return replace(_rencontre(message, "comite"), annule=True, occupe=False)
        case _:
            return None


def calendrier(evenement: Evenement, *, uid: str, maintenant: datetime) -> bytes:
    """Serialise one event (RFC 5545), METHOD:PUBLISH; same arguments, same bytes."""
    agenda = Calendar()
    agenda.add("prodid", "-//AMI//Courriels//FR")
    agenda.add("version", "2.0")
    agenda.add("method", "PUBLISH")
    agenda.add_component(Timezone.from_ical(_HEURE_LEGALE))
    agenda.add_component(_vevent(evenement, uid, maintenant))
    return bytes(agenda.to_ical())


def _vevent(evenement: Evenement, uid: str, maintenant: datetime) -> Event:
    entree = Event()
    # The part after the sign is the domain of whoever sends: two installations never share a name.
    entree.add("uid", f"{evenement.serie}@{uid.rpartition('@')[2]}" if evenement.serie else uid)
    entree.add("dtstamp", maintenant)
    if evenement.revision > 1:
        entree.add("sequence", evenement.revision - 1)
    if evenement.annule:
        entree.add("status", "CANCELLED")
    entree.add("summary", evenement.titre)
    entree.add("description", evenement.description)
    entree.add("dtstart", evenement.debut.astimezone(PARIS))
    entree.add("dtend", evenement.fin.astimezone(PARIS))
    entree.add("transp", "OPAQUE" if evenement.occupe else "TRANSPARENT")
    if evenement.lieu:
        entree["location"] = vText(evenement.lieu)
    if not evenement.annule:
        entree.add_component(_alarme(evenement.titre))
    return entree


def _alarme(titre: str) -> Alarm:
    alarme = Alarm()
    alarme.add("action", "DISPLAY")
    alarme.add("description", titre)
    alarme.add("trigger", ALARME)
    return alarme


def _echeance(message: Message) -> Evenement | None:
    """A due date ends at the due instant; it is shown as free time."""
    echeance = getattr(message, "echeance", None)
    if not isinstance(echeance, datetime):
        return None
    quoi = getattr(message, "echeance_libelle", None) or message.libelle
    dossier = f" (dossier {numero})" if (numero := getattr(message, "dossier_numero", None)) else ""
    return Evenement(
        titre=ligne(f"{quoi}{dossier}"),
        debut=echeance - PREAVIS_ECHEANCE,
        fin=echeance,
        description=f"À faire avant le {instant(echeance)}.",
        lieu=None,
        occupe=False,
    )


def _rencontre(message: Message, prefixe: str) -> Evenement:
    """A meeting takes the facts `<prefixe>_date`, `_lieu` and `_duree_minutes`."""
    debut = getattr(message, f"{prefixe}_date", None)
    lieu = getattr(message, f"{prefixe}_lieu", None)
    if not isinstance(debut, datetime):
        raise FaitManquant(message.code, f"{prefixe}_date")
    duree = timedelta(minutes=int(getattr(message, f"{prefixe}_duree_minutes", 120)))
    return Evenement(
        titre=ligne(getattr(message, f"{prefixe}_libelle", None) or message.libelle),
        debut=debut,
        fin=debut + duree,
        description=f"Rendez-vous le {instant(debut)}.",
        lieu=ligne(lieu) if lieu else None,
        occupe=True,
        serie=getattr(message, "seance", None),
        revision=getattr(message, "seance_revision", 1),
    )
