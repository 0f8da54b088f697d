"""The demonstration: one full campagne on real quartiers, played from due date to due date through the real flows."""
