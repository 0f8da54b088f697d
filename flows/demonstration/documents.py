"""The pièces of the demonstration: one-page PDF documents a person can open, the same bytes each time."""

from typing import Final

_PAGE: Final = "BT /F1 16 Tf 72 760 Td (%s) Tj 0 -28 Td /F1 11 Tf (%s) Tj 0 -18 Td (%s) Tj ET"
_MENTION: Final = "Document de démonstration, sans valeur."


def pdf(titre: str, sous_titre: str) -> bytes:
    """A PDF of one A4 page saying what it stands for."""
    texte = (_PAGE % tuple(map(_echapper, (titre, sous_titre, _MENTION)))).encode("cp1252", errors="replace")
    objets = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(texte), texte),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    return _assembler(objets)


def _echapper(texte: str) -> str:
    """Parentheses and backslashes delimit strings in a PDF."""
    return texte.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _assembler(objets: list[bytes]) -> bytes:
    corps, positions = b"%PDF-1.4\n", []
    for numero, objet in enumerate(objets, start=1):
        positions.append(len(corps))
        corps += b"%d 0 obj\n%b\nendobj\n" % (numero, objet)
    table = b"".join(b"%010d 00000 n \n" % position for position in positions)
    taille = len(objets) + 1
    return (
        corps
        + b"xref\n0 %d\n0000000000 65535 f \n%btrailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            taille,
            table,
            taille,
            len(corps),
        )
    )
