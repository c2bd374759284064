"""The demo shop's customers: invented people in seventeen countries, at example domains."""

import random
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Region:
    country: str
    locale: str
    zones: tuple[str, ...]
    currency: str
    price_factor: Decimal  # what a price in GBP is multiplied by, before rounding
    dialling: str
    postcode: str  # 9 stands for a digit, A for a letter
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]


def _region(
    place: str, factor: str, dialling: str, postcode: str, cities: str, streets: str,
    first: str, last: str,
) -> Region:  # fmt: skip
    country, locale, currency, *zones = place.split()
    return Region(
        country, locale, tuple(zones), currency, Decimal(factor), dialling, postcode,
        *(tuple(part.strip() for part in text.split(",")) for text in (cities, streets)),
        *(tuple(part.strip() for part in text.split(",")) for text in (first, last)),
    )  # fmt: skip


# The factors are a price list, not a rate of exchange; they change when the shop changes them.
REGIONS = (
    _region("GB en-GB GBP Europe/London", "1", "+44", "AA9 9AA",
            "Bristol, Leeds, Cardiff, Glasgow, London, Norwich, Belfast",
            "Mill Lane, High Street, Station Road, Orchard Close, Church Walk",
            "Amelia, Oliver, Priya, Callum, Siân, Mohammed, Grace, Jack, Ayesha, Hamish, Olu, Ruth",
            "Hughes, O'Connor, Patel, Smith, Campbell, Achebe, Wright, Begum, Thomas, Kaur, Bell"),
    _region("IE en-IE EUR Europe/Dublin", "1.2", "+353", "A99 A9A9", "Dublin, Cork, Galway",
            "Quay Street, Main Street, Abbey Road", "Aoife, Seán, Niamh, Conor, Róisín, Kasia",
            "Murphy, Ó Briain, Walsh, Byrne, Nowak, Kelly"),
    _region("DE de-DE EUR Europe/Berlin", "1.2", "+49", "99999",
            "Berlin, Hamburg, München, Köln, Leipzig",
            "Lindenstraße 1, Hauptstraße 7, Gartenweg 3, Am Markt 12",
            "Anna, Lukas, Jürgen, Mehmet, Sophie, Emine, Hanna, Björn, Thi Lan, Katharina",
            "Müller, Schäfer, Yılmaz, Weiß, Nguyen, Schmidt, von der Heide, Krüger, Becker"),
    _region("FR fr-FR EUR Europe/Paris", "1.2", "+33", "99999", "Lyon, Paris, Nantes, Lille",
            "rue des Lilas, avenue Victor Hugo, place du Marché",
            "Camille, Élodie, Yanis, Léa, Mathieu, Fatou, Zoé, Jean-Baptiste",
            "Lefèvre, Moreau, Diallo, Benali, Dubois, Garnier, Traoré"),
    _region("ES es-ES EUR Europe/Madrid Atlantic/Canary", "1.2", "+34", "99999",
            "Sevilla, Madrid, Bilbao, Las Palmas", "Calle Mayor, Calle del Sol, Plaza Nueva",
            "Lucía, Íñigo, Carmen, Álvaro, Nuria, Youssef",
            "García, Etxeberria, Núñez, Romero Vidal, El Amrani, Ortega"),
    _region("IT it-IT EUR Europe/Rome", "1.2", "+39", "99999", "Bologna, Torino, Napoli",
            "Via Roma, Via Garibaldi, Corso Italia", "Giulia, Niccolò, Chiara, Matteo, Ndeye",
            "Rossi, D'Angelo, Ferrari, Esposito, Sow"),
    _region("NL nl-NL EUR Europe/Amsterdam", "1.2", "+31", "9999 AA", "Utrecht, Rotterdam",
            "Kerkstraat, Dorpsweg, Havenkade", "Sanne, Daan, Fenna, Bilal, Joost",
            "de Vries, van den Berg, Jansen, El Idrissi, Bakker"),
    _region("SE sv-SE SEK Europe/Stockholm", "13", "+46", "999 99", "Göteborg, Uppsala, Malmö",
            "Storgatan, Skolgatan, Hamnvägen", "Åsa, Göran, Linnea, Elif, Oskar",
            "Åkesson, Lindström, Demir, Nilsson, Sjöberg"),
    _region("PL pl-PL PLN Europe/Warsaw", "5", "+48", "99-999", "Gdańsk, Kraków, Łódź",
            "ulica Długa, ulica Polna, aleja Róż", "Łukasz, Małgorzata, Zofia, Paweł",
            "Wiśniewska, Kowalczyk, Dąbrowski, Zając"),
    _region("US en-US USD America/New_York America/Chicago America/Denver America/Los_Angeles",
            "1.3", "+1", "99999", "Portland, Austin, Chicago, Boston, Denver",
            "Maple Avenue, 2nd Street, Oak Drive, Lakeview Road",
            "Ava, Darnell, María José, Noah, Mei, Tyrone, Ashley, Elijah, Rebecca, Dmitri",
            "Johnson, Washington, Hernández, Lee, Cohen, Smith-Jones, Volkov, Miller, Begay"),
    _region("CA fr-CA CAD America/Toronto America/Vancouver America/Halifax", "1.7", "+1",
            "A9A 9A9", "Montréal, Halifax, Vancouver", "rue Sherbrooke, Barrington Street",
            "Chloé, Liam, Anjali, Étienne, Winona", "Tremblay, MacDonald, Singh, Gagnon, Cardinal"),
    _region("BR pt-BR BRL America/Sao_Paulo America/Manaus", "7", "+55", "99999-999",
            "São Paulo, Recife, Manaus, Curitiba", "Rua das Flores, Avenida Brasil, Rua do Porto",
            "João, Ana Beatriz, Thiago, Conceição, Rafael, Yumi",
            "Silva, Souza, Araújo, Nakamura, dos Santos, Gonçalves"),
    _region("JP ja-JP JPY Asia/Tokyo", "190", "+81", "999-9999", "Kyoto, Osaka, Sapporo, Yokohama",
            "Sakura-dori, Minato-machi, Nishi-ku", "Haruka, Kenji, Yui, Sota, Aoi, Ren",
            "Tanaka, Ōta, Suzuki, Kobayashi, Itō"),
    _region("IN en-IN INR Asia/Kolkata", "105", "+91", "999999", "Pune, Chennai, Kolkata",
            "MG Road, Park Street, Temple Lane", "Ananya, Arjun, Lakshmi, Imran, Deepika, Rohan",
            "Iyer, Sharma, Khan, Banerjee, Venkataraghavan, D'Souza"),
    _region("AU en-AU AUD Australia/Sydney Australia/Perth Australia/Brisbane", "1.95", "+61",
            "9999", "Hobart, Perth, Newcastle, Brisbane", "Wattle Street, Beach Road, King Street",
            "Matilda, Jarrah, Linh, Cooper, Zara", "Nguyen, Taylor, Papadopoulos, Martin, Chan"),
    _region("NG en-NG NGN Africa/Lagos", "2000", "+234", "999999", "Lagos, Abuja, Ibadan",
            "Marina Road, Unity Street", "Chidinma, Tunde, Aisha, Emeka, Ngozi",
            "Okafor, Adébáyò, Bello, Eze, Ogunleye"),
    _region("AE ar-AE AED Asia/Dubai", "4.8", "+971", "00000", "Dubai, Sharjah",
            "Corniche Street, Palm Street", "يوسف, مريم, Omar, Layla, Rashid",
            "الهاشمي, Al Mansoori, Haddad, Farouk"),
)  # fmt: skip
BY_COUNTRY = {region.country: region for region in REGIONS}
_WEIGHTS = (28, 4, 11, 7, 5, 5, 5, 4, 4, 11, 4, 5, 4, 4, 4, 3, 3)
_DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "post.example")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def people(
    chance: random.Random, now: datetime, count: int, fixed: dict[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    """Rows for shop_customer; `fixed` gives some of them a name and a country."""
    rows: list[dict[str, Any]] = []
    emails: set[str] = set()
    names = {name for name, _ in fixed.values()}
    for number in range(1001, 1001 + count):
        ref = f"C{number}"
        region = chance.choices(REGIONS, _WEIGHTS)[0]
        name = _new_name(chance, region, names)
        if ref in fixed:
            name, country = fixed[ref]
            region = BY_COUNTRY[country]
        rows.append(_person(chance, now, ref, name, region, emails))
    return rows


def _new_name(chance: random.Random, region: Region, names: set[str]) -> str:
    """Families move: one first name in six is from anywhere. Namesakes are rare."""
    for _ in range(30):
        others = chance.choice(REGIONS) if chance.random() < 0.17 else region
        name = f"{chance.choice(others.first)} {chance.choice(region.last)}"
        if name not in names:
            break
    names.add(name)
    return name


def _person(
    chance: random.Random, now: datetime, ref: str, name: str, region: Region, emails: set[str]
) -> dict[str, Any]:
    email = _email(chance, ref, name, emails)
    phone = f"{region.dialling} {chance.randint(100, 999)} 555 {chance.randint(1000, 9999)}"
    return {
        "ref": ref,
        "name": name,
        "email": email,
        "phone": phone,
        "country": region.country,
        "locale": region.locale,
        "time_zone": chance.choice(region.zones),
        "street": _street(chance, region),
        "postcode": _postcode(chance, region.postcode),
        "city": chance.choice(region.cities),
        "created_at": now - timedelta(days=chance.randint(430, 1500), hours=chance.randint(0, 23)),
        "searched": searched(ref, name, email, phone),
    }


def searched(ref: str, name: str, email: str, phone: str) -> str:
    """Accents may be left out when looking for a customer, and telephone numbers be grouped."""
    plain = _without_accents(name)
    return f"{ref} {name} {plain} {email} {phone} {phone.replace(' ', '')}".casefold()


def _email(chance: random.Random, ref: str, name: str, emails: set[str]) -> str:
    plain = _without_accents(name).lower()
    letters = "".join(c if c.isascii() and c.isalnum() else " " for c in plain).split()
    local = ".".join(letters) or f"customer.{ref.lower()}"
    domain = chance.choice(_DOMAINS)
    email = f"{local}@{domain}"
    if email in emails:
        email = f"{local}.{ref[1:]}@{domain}"
    emails.add(email)
    return email


def _without_accents(text: str) -> str:
    swapped = text.translate(str.maketrans("łŁıßØøđ", "lLisOod"))
    split = unicodedata.normalize("NFKD", swapped)
    return "".join(c for c in split if not unicodedata.combining(c))


def _street(chance: random.Random, region: Region) -> str:
    street, house = chance.choice(region.streets), chance.randint(1, 140)
    if region.country in ("DE", "NL", "SE", "PL", "ES", "IT", "BR"):
        return f"{street.rstrip('0123456789 ')} {house}"
    return f"{house} {street}"


def _postcode(chance: random.Random, pattern: str) -> str:
    return "".join(
        str(chance.randint(1, 9)) if c == "9" else chance.choice(_LETTERS) if c == "A" else c
        for c in pattern
    )
