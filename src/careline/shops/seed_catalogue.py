"""The demo shop's sixty products, with the words that customers use for them.

A row: name | category | words | options | price in GBP | warranty in months | flags.
Options are "size: 36 37; colour: navy black"; the flags are "final" for final sale and
"gone" for sold out, or "gone 42 navy" for one variant that is sold out.
"""

import random
from dataclasses import dataclass
from decimal import Decimal
from itertools import product as every_combination
from typing import Any

PRICE_LIST_CURRENCY = "GBP"

_SHOES = "size: 37 38 39 40 41 42 43 44"
_CLOTHES = "size: XS S M L XL"
_PRODUCTS = f"""
Harbour boots | footwear | boots, boot, shoes, ankle boots | {_SHOES}; colour: navy brown | 89.00 | 6 | gone 43 brown
Quayside trainers | footwear | trainers, sneakers, shoes, running shoes, runners | {_SHOES}; colour: white grey | 64.00 | 6 |
Pier deck shoes | footwear | deck shoes, boat shoes, shoes, loafers | {_SHOES}; colour: tan navy | 58.00 | 6 |
Dune sandals | footwear | sandals, sandal, shoes, flip flops | {_SHOES}; colour: sand black | 39.50 | 3 |
Storm wellies | footwear | wellies, wellingtons, rain boots, boots | size: 37 39 41 43; colour: green yellow | 42.00 | 6 | gone 41 green
Felt slippers | footwear | slippers, house shoes, shoes | size: 37 39 41 43; colour: grey plum | 28.00 | 0 |
Oxford brogues | footwear | brogues, dress shoes, shoes, lace-ups | size: 40 41 42 43 44; colour: black brown | 110.00 | 12 |
Breakwater jacket | clothing | jacket, coat, rain jacket, raincoat, anorak | {_CLOTHES}; colour: yellow navy | 95.00 | 12 | gone XS yellow
Fisherman's jumper | clothing | jumper, sweater, pullover, knit | {_CLOTHES}; colour: cream navy | 72.00 | 0 |
Vineyard shirt | clothing | shirt, linen shirt, button-up, blouse | {_CLOTHES}; colour: white blue | 45.00 | 0 |
Mooring T-shirt | clothing | t-shirt, tee, tshirt, top | {_CLOTHES}; colour: white black red | 19.90 | 0 |
Anchor hoodie | clothing | hoodie, hoody, sweatshirt, jumper | {_CLOTHES}; colour: grey green | 49.00 | 0 |
Chandler jeans | clothing | jeans, denim, trousers, pants | size: 28 30 32 34 36; colour: indigo black | 69.00 | 0 | gone 32 black
Tideline dress | clothing | dress, summer dress, frock | {_CLOTHES}; colour: blue rust | 64.00 | 0 |
Wool scarf | clothing | scarf, shawl | colour: grey red green | 32.00 | 0 |
Summer shorts, last season | clothing | shorts, short trousers | {_CLOTHES}; colour: sand | 15.00 | 0 | final
Striped swimsuit | clothing | swimsuit, swimming costume, bathing suit, swimwear | {_CLOTHES}; colour: navy | 38.00 | 0 | final
Box of five socks | socks | socks, sock, box of socks, pack of socks | size: 36-39 40-43 44-47; colour: mixed navy | 24.00 | 0 |
Merino hiking socks | socks | socks, hiking socks, wool socks | size: 36-39 40-43 44-47; colour: grey rust | 16.50 | 0 |
Odd socks | socks | socks, funny socks, coloured socks | size: 36-39 40-43; colour: mixed | 9.00 | 0 | final
Croissant box | bakery | croissants, croissant, pastries, box of croissants | size: 6 12 | 14.40 | 0 | final
Muffin box | bakery | muffins, muffin, cakes, box of muffins | colour: blueberry chocolate | 13.20 | 0 | final
Sourdough loaf | bakery | sourdough, bread, loaf | | 6.80 | 0 | final
Cinnamon bun box | bakery | cinnamon buns, buns, cinnamon rolls, pastries | | 15.00 | 0 | final
Birthday cake | bakery | cake, birthday cake, gateau | colour: lemon chocolate carrot | 34.00 | 0 | final
Biscuit tin | bakery | biscuits, cookies, shortbread, tin of biscuits | | 18.50 | 0 | final
Lookout television 43 | electronics | television, tv, telly, screen, television set | | 379.00 | 24 |
Lookout television 55 | electronics | television, tv, telly, screen, television set, big tv | | 549.00 | 24 |
Foghorn headphones | electronics | headphones, headset, cans, earphones | colour: black white | 129.00 | 24 |
Foghorn earbuds | electronics | earbuds, ear buds, earphones, in-ears, headphones | colour: black white | 79.00 | 24 | gone white
Dockside speaker | electronics | speaker, bluetooth speaker, loudspeaker | colour: grey blue | 99.00 | 24 |
Galley kettle | electronics | kettle, electric kettle, water boiler | colour: steel cream | 44.90 | 24 |
Galley toaster | electronics | toaster, bread toaster | colour: steel cream | 49.90 | 24 |
Cabin radio | electronics | radio, digital radio, dab radio | colour: walnut white | 89.00 | 24 | gone
Galley blender | electronics | blender, mixer, smoothie maker | | 69.00 | 24 |
Harbour coffee maker | electronics | coffee maker, coffee machine, espresso machine | colour: black steel | 159.00 | 24 |
Stoneware plates | home | plates, dishes, plate set, crockery | colour: white blue | 48.00 | 0 |
Enamel mugs | home | mugs, mug, cups, cup | colour: white green | 22.00 | 0 |
Cast-iron pan | home | pan, frying pan, skillet, cast iron pan | size: 24 28 | 56.00 | 60 |
Oak chopping board | home | chopping board, cutting board, board | | 35.00 | 0 |
Chef's knife | home | knife, kitchen knife, chef knife | | 62.00 | 60 |
Linen bedding | home | bedding, duvet cover, bed linen, sheets | size: single double king; colour: white sage | 119.00 | 0 | gone king sage
Bath towels | home | towels, towel, bath towel | colour: white slate | 36.00 | 0 |
Wool blanket | home | blanket, throw, wool throw | colour: grey mustard | 68.00 | 0 |
Glass carafe | home | carafe, jug, decanter | | 26.00 | 0 |
Wall clock | home | clock, wall clock | colour: white oak | 42.00 | 24 |
Lantern table lamp | lamps | lamp, table lamp, bedside lamp, light | colour: brass black | 59.00 | 24 |
Mast floor lamp | lamps | lamp, floor lamp, standing lamp, light | colour: black oak | 139.00 | 24 |
Porthole pendant | lamps | pendant, ceiling lamp, hanging lamp, lamp, light | colour: white green | 84.00 | 24 |
Desk lamp | lamps | lamp, desk lamp, reading lamp, light | colour: white black | 46.00 | 24 | gone black
Wooden tugboat | toys | tugboat, boat, toy boat, toy | | 24.00 | 0 |
Harbour puzzle | toys | puzzle, jigsaw, jigsaw puzzle | size: 500 1000 | 18.00 | 0 |
Plush whale | toys | whale, soft toy, plush, stuffed animal, cuddly toy | colour: blue grey | 21.00 | 0 |
Building blocks | toys | blocks, building blocks, bricks, toy | | 32.00 | 0 |
The Lighthouse Cookbook | books | cookbook, cook book, recipe book, book | | 25.00 | 0 |
Tides and Times | books | novel, book, paperback | | 9.99 | 0 |
A Year in the Vines | books | gardening book, garden book, book, hardback | | 22.00 | 0 |
Garden secateurs | garden | secateurs, pruners, garden scissors, shears | | 29.00 | 24 |
Terracotta pots | garden | pots, flower pots, plant pots, planters | size: S M L | 27.00 | 0 |
Herb seed box | garden | seeds, herb seeds, seed box | | 12.50 | 0 | final
"""  # noqa: E501 - one product a line reads best


@dataclass(frozen=True)
class CatalogueVariant:
    sku: str
    product: str
    category: str
    words: tuple[str, ...]
    options: dict[str, str]
    price: Decimal
    in_stock: int
    warranty_months: int
    final_sale: bool


def catalogue(chance: random.Random) -> list[CatalogueVariant]:
    return [
        variant
        for number, row in enumerate(_PRODUCTS.strip().splitlines(), start=1)
        for variant in _variants(number, row, chance)
    ]


def as_row(variant: CatalogueVariant) -> dict[str, Any]:
    row = {**vars(variant), "words": list(variant.words)}
    return row | {"currency": PRICE_LIST_CURRENCY}


def _variants(number: int, row: str, chance: random.Random) -> list[CatalogueVariant]:
    name, category, words, options, price, warranty, flags = (p.strip() for p in row.split("|"))
    choices = _choices(options)
    made = []
    for position, values in enumerate(every_combination(*choices.values()), start=1):
        chosen = dict(zip(choices, values, strict=True))
        stock = chance.randint(4, 60)
        made.append(
            CatalogueVariant(
                sku=f"HV{number:02d}-{position:02d}",
                product=name,
                category=category,
                words=tuple(word.strip() for word in words.split(",")),
                options=chosen,
                price=Decimal(price),
                in_stock=0 if _is_gone(flags, chosen) else stock,
                warranty_months=int(warranty),
                final_sale=flags.startswith("final"),
            )
        )
    return made


def _choices(text: str) -> dict[str, list[str]]:
    """ "size: 6 12; colour: tan" as {"size": ["6", "12"], "colour": ["tan"]}."""
    named = (part.split(":", 1) for part in text.split(";") if part.strip())
    return {name.strip(): values.split() for name, values in named}


def _is_gone(flags: str, options: dict[str, str]) -> bool:
    if not flags.startswith("gone"):
        return False
    return all(value in options.values() for value in flags.split()[1:])
