"""Kinds of noise, by the names of recordings in the libraries that test pairs are made of."""

from __future__ import annotations

import re

# The first kind with a word that begins a word of the name wins: 'reso_bass_1' is musical.
KINDS = {
    "musical and tonal": (
        "ahntone analog analogsynth bass bell bow chime cymbol drum falling flute ghost gliss glass_harm "
        "guitar harmonica honk morse music notes organ piano reso siren singing synth theremin "
        "trumpet violin windchime wind_chime"
    ),
    "animals": (
        "animals bee bird cat cow cricket crow dog dude frog horse insect miaow owl rooster seagull "
        "sheep wolf woodpecker"
    ),
    "machines": (
        "aircon airplane bike chainsaw clock construction dishwasher drill dryer engine exercise fan "
        "helicopter keyboard laundry machine mixer motor old_phone phone projector road "
        "submarine subway traffic train transport typewriter urban__busy urban__road "
        "vacuum vehicle washing windshield windup"
    ),
    "weather and water": (
        "boiling bubble campfire drip dripamin droplets fire_crackling fireplace leaves nature ocean "
        "rain river running_tap sea_waves storm thunder water wave wind"
    ),
    "impacts and objects": (
        "ball box chain coin cork crash dishes door drop egg fake fireworks garbage glass gun keys knock "
        "paper pill plate pill_rattle pillrattle rattle rolling scrap scraping scratch soda spin "
        "spinning spinningplate swish tape tube walk"
    ),
}
OTHER = "other"
_WORDS = {kind: words.split() for kind, words in KINDS.items()}


def kind_of(name: str) -> str:
    """The kind of a noise called 'library/file', such as 'esc10/rain__4-166661-A.flac'."""
    # sodaCanRoll2_short -> _soda_can_roll2_short, so that a word begins after a _
    file = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.split("/")[-1])
    text = "_" + re.sub(r"[^a-z0-9]+", "_", file.lower())
    for kind, words in _WORDS.items():
        if any(f"_{word}" in text for word in words):
            return kind
    return OTHER
