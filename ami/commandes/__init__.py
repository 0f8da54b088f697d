"""The operator's commands, one file per subject.

A file declares `commandes = typer.Typer(name="sujet", help="...")` (a group), or `typer.Typer()` without a name
when its commands stand at the top (`ami serve`), and is added to the list of `ami.cli`. A command opens the database
with `commun.ouvrir()`, reads the clock with `commun.maintenant()`, commits, and lets domain errors rise:
`ami.commandes.erreurs` turns them into a French sentence and an exit code.
"""
