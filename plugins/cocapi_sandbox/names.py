"""What clans and players of the sandbox call themselves."""

from __future__ import annotations

__all__ = ["FIRST", "MOTTOS", "NAMES", "SECOND", "STYLES"]

FIRST = (
    "Iron",
    "Silver",
    "Crimson",
    "Hidden",
    "Northern",
    "Lucky",
    "Stone",
    "Ember",
    "Misty",
    "Golden",
    "Wild",
    "Quiet",
)
SECOND = (
    "Foxes",
    "Anvil",
    "Harbour",
    "Ravens",
    "Orchard",
    "Legion",
    "Lanterns",
    "Bastion",
    "Otters",
    "Comets",
)
"""The second words of the names of clans; `FIRST` has the first."""

NAMES = (
    "Alda",
    "Anouk",
    "Arjun",
    "Aylin",
    "Bastian",
    "Bram",
    "Brisa",
    "Cato",
    "Chidi",
    "Cleo",
    "Dara",
    "Dario",
    "Edda",
    "Eleni",
    "Emre",
    "Esme",
    "Farid",
    "Fenja",
    "Finn",
    "Freya",
    "Gala",
    "Gunnar",
    "Hana",
    "Hugo",
    "Ilias",
    "Imke",
    "Ines",
    "Iskra",
    "Jannik",
    "Jori",
    "Juno",
    "Kaia",
    "Kenji",
    "Kofi",
    "Lale",
    "Leif",
    "Linus",
    "Lorn",
    "Malik",
    "Mara",
    "Mika",
    "Mirko",
    "Nadia",
    "Nils",
    "Noor",
    "Odin",
    "Olga",
    "Oskar",
    "Pia",
    "Quinn",
    "Rafi",
    "Ronja",
    "Sefa",
    "Selma",
    "Sven",
    "Tamsin",
    "Thora",
    "Ulla",
    "Vito",
    "Wren",
    "Xenia",
    "Yara",
    "Yusuf",
    "Zora",
)
"""Of players: as many as a clan has members, or more, so that few in it share one."""

STYLES = ("{}", "{}", "{}", "{} ⚔️", "xX{}Xx", "『{}』", "[bold]{}[/bold]", "{}₂₀", "Lord {}", "{}★")
"""How players spell their names. ``[bold]`` is for programs that show names: it is no markup."""

MOTTOS = ("Be kind, attack twice.", "Donate what is asked for.", "War at weekends.", "Newcomers welcome.")
"""Of clans."""
