"""Judges what the readers of `import` made of many files by Python's `csv` and `json`.

The argument names a file of framed entries, see `import_reads_what_python_reads.rs`. Each entry must hold the records
that Python reads, up to the first line that Python, too, has something against; that line must be named.
"""

import base64
import csv
import io
import json
import re
import struct
import sys

csv.field_size_limit(1 << 30)


class Bad(Exception):
    """A line that is no record: its number, at the least and at the most, and what the reason must say."""

    def __init__(self, first, last, word=""):
        super().__init__(first, last, word)


class NoOpinion(Exception):
    """Python itself cannot read this."""


class Lines:
    """The lines of a text as `csv` wants them, and how many line feeds are behind us."""

    def __init__(self, text):
        self.lines = io.StringIO(text, newline="")
        self.len, self.read, self.feeds, self.last = len(text), 0, 0, ""

    def __iter__(self):
        return self

    def __next__(self):
        self.last = next(self.lines)
        self.read += len(self.last)
        self.feeds += self.last.count("\n")
        return self.last


def rows(text):
    """(line, fields) of every row that is not blank."""
    lines = Lines(text)
    reader = csv.reader(lines, strict=True)
    while True:
        line = lines.feeds + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "NUL" in str(error):
                raise NoOpinion from error
            raise Bad(line, lines.feeds + 1, "quote") from error
        if lines.last.endswith("\r") and lines.read < lines.len:
            # Python takes it for the end of the row; it may as well be a part of the value.
            raise Bad(lines.feeds + 1, lines.feeds + 1, "carriage return")
        if row:
            yield line, row


def utf8(fields):
    return all(not re.search("[\udc80-\udcff]", field) for field in fields)


def csv_records(data):
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    source = rows(data.decode("utf-8", "surrogateescape"))
    header = next(source, None)
    if header is None:
        raise Bad(1, 1, "no header")
    line, names = header
    if not utf8(names):
        raise Bad(line, line, "not UTF-8")
    if len(set(names)) != len(names):
        raise Bad(line, line, "twice")
    if len(names) < 2:
        raise Bad(line, line, "one column only")
    key = names.index("key") if "key" in names else 0
    plain = names.index("value") if len(names) == 2 and "value" in names else None
    if plain == key:
        plain = None
    for line, fields in source:
        if len(fields) != len(names):
            raise Bad(line, line, "but the header names")
        if not utf8(fields):
            raise Bad(line, line, "not UTF-8")
        if plain is not None:
            value = fields[plain].encode()
        else:
            value = Object(pair for at, pair in enumerate(zip(names, fields)) if at != key)
        yield line, fields[key].encode(), value


class Number(str):
    """A number with all its digits: no text."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return type(other) is Number and str.__eq__(self, other)


def constant(name):
    raise ValueError(name + " is no JSON")


class Object(list):
    """The fields of an object, in their order: no array."""

    def __eq__(self, other):
        return type(other) is Object and list.__eq__(self, other)


def parse(text):
    try:
        return json.loads(
            text,
            object_pairs_hook=Object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=constant,
        )
    except RecursionError as error:
        raise NoOpinion from error


def is_text(value):
    # Half of a surrogate pair is no character.
    return type(value) is str and not re.search("[\ud800-\udfff]", value)


def decode(encoded):
    decoded = base64.b64decode(encoded.encode(), validate=True)
    # Python lets padding pass that nobody writes.
    if base64.b64encode(decoded).decode() != encoded:
        raise ValueError("not base64")
    return decoded


def json_records(data):
    for line, text in enumerate(data.split(b"\n"), 1):
        if line == 1 and text.startswith(b"\xef\xbb\xbf"):
            text = text[3:]
        text = text.strip(b" \t\r\n")
        if not text:
            continue
        try:
            parsed = parse(text.decode())
            if not isinstance(parsed, Object):
                raise ValueError("no object")
            fields = dict(parsed)
            if len(fields) != len(parsed):
                raise ValueError("a field twice")
            if not set(fields) <= {"key", "key_base64", "value", "value_base64"}:
                raise ValueError("an unknown field")
            has_value = "value" in fields
            texts = ("key", "key_base64", "value_base64")
            fields = {name: it for name, it in fields.items() if name == "value" or it is not None}
            if not all(is_text(fields[name]) for name in texts if name in fields):
                raise ValueError("no text")
            if ("key" in fields) == ("key_base64" in fields):
                raise ValueError("not one key")
            if has_value == ("value_base64" in fields):
                raise ValueError("not one value")
            key = fields["key"].encode() if "key" in fields else decode(fields["key_base64"])
            if not has_value:
                value = decode(fields["value_base64"])
            elif type(fields["value"]) is str:
                value = fields["value"].encode()
            else:
                value = fields["value"]
        except ValueError as error:
            raise Bad(line, line) from error
        yield line, key, value


STRING_OR_SPACE = re.compile(r'("(?:\\.|[^"\\])*")|[ \t\r\n]+')


def is_same(stored, value):
    """Whether these bytes are what is kept of a value."""
    if isinstance(value, bytes):
        return stored == value
    text = stored.decode()
    is_compact = STRING_OR_SPACE.sub(lambda it: it[1] or "", text) == text
    return is_compact and parse(text) == value


def judge(form, data, records, error):
    """What is wrong, or None."""
    expected = csv_records(data) if form == "csv" else json_records(data)
    bad, place = None, 0
    try:
        for place, record in enumerate(expected, 1):
            if len(records) < place:
                return f"record {place} is missing: {record!r}; error: {error!r}"
            line, key, value = records[place - 1]
            if (line, key) != record[:2] or not is_same(value, record[2]):
                return f"record {place} is {records[place - 1]!r}, not {record!r}"
    except NoOpinion:
        return None
    except Bad as found:
        bad = found
    if len(records) > place:
        return f"record {place + 1} is none: {records[place]!r}"
    if bad is None:
        return f"there is nothing wrong with it: {error!r}" if error else None
    first, last, word = bad.args
    if error is None:
        return f"line {first} is accepted: {bad.__cause__ or word}"
    if not first <= error[0] <= last or word not in error[1]:
        return f"line {first} to {last} is wrong ({word}), and named is {error!r}"
    return None


def entries(source):
    def number():
        return struct.unpack("<Q", source.read(8))[0]

    def block():
        return source.read(number())

    while form := source.read(1):
        data = block()
        records = [(number(), block(), block()) for _ in range(number())]
        line, reason = number(), block().decode()
        yield {b"c": "csv", b"j": "jsonl"}[form], data, records, (line, reason) if line else None


def main():
    files = many = named = wrong = 0
    with open(sys.argv[1], "rb") as source:
        for files, (form, data, records, error) in enumerate(entries(source), 1):
            many += len(records)
            named += error is not None
            fault = judge(form, data, records, error)
            if fault is not None and (wrong := wrong + 1) <= 5:
                print(f"file {files} ({form}): {fault[:600]}\n  {data[:600]!r}")
    print(f"{files} files, {many} records, {named} named lines, {wrong} disagreements")
    sys.exit(wrong > 0)


main()
