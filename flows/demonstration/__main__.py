"""`python -m flows.demonstration`: play the demonstration; `--help` says how."""

import sys

try:
    from flows.demonstration.superviseur import main
except ModuleNotFoundError as absence:
    if absence.name not in {"aiosmtpd", "psutil"}:
        raise
    sys.exit(f"Il manque « {absence.name} » pour jouer la démonstration : pip install 'ami[demo]'.")

if __name__ == "__main__":
    sys.exit(main())
