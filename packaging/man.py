#!/usr/bin/env python3
"""Turns what a program says of itself (--experimental-dump-help) into manual pages, one for each command with subcommands or
options of its own and one for the program: man.py PROGRAM SECTION DATE VERSION FOLDER < help.json"""

import json
import pathlib
import re
import sys

PROGRAM, SECTION, DATE, VERSION, FOLDER = sys.argv[1:]
FILES = {
    "courantd": [
        ("/etc/courant/courant.yaml", "The settings; /usr/share/courant/courant.yaml explains each."),
        ("/etc/courant/templates", "Own pages, mails and words, in place of those in /usr/share/courant/templates."),
        ("/etc/courant/policy.md", "The privacy policy a new installation begins with, in place of /usr/share/courant/policy.md."),
        ("/etc/courant/promises.yaml", "What it promises, in place of /usr/share/courant/promises.yaml."),
        ("/var/lib/courant", "Database, key file, and the ledger of erasures."),
    ],
    "courant": [("~/.config/courant", "Where a login is kept.")],
}
ENVIRONMENT = {
    "courantd": [
        ("COURANT_CONFIG", "The settings file."),
        ("COURANT_HTTP_PORT", "Likewise each setting, in capitals; it stands before the file."),
        ("NOTIFY_SOCKET, WATCHDOG_USEC, CREDENTIALS_DIRECTORY", "What systemd says to a service."),
    ],
    "courant": [
        ("COURANT_URL", "The service."),
        ("COURANT_TOKEN", "The login's token."),
        ("COURANT_CA_FILE", "The authority that has signed the service's certificate."),
        ("NO_COLOR", "Whatever it holds: no colours."),
    ],
}
EXIT = {
    "courantd": [
        ("0", "Done."), ("1", "Failed; what may pass."), ("2", "Refused by a guard."), ("4", "Not found."),
        ("64", "Wrong usage."), ("78", "courantd serve: settings, templates, policy, promises or key file are wrong."),
    ],
    "courant": [
        ("0", "Done."), ("1", "Failed."), ("2", "Refused by a guard."), ("3", "Not signed in, or not allowed."),
        ("4", "Not found."), ("5", "Done in part."), ("64", "Wrong usage."), ("130", "Interrupted."),
    ],
}


def plain(text):
    """Text as roff takes it: nothing in it is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^(?=[.'])", "\\\\&", text)


def paragraphs(text):
    """Lines that were broken to fit belong together; what is set in columns or indented stays as it is."""
    for block in filter(str.strip, re.split(r"\n\s*\n", text.strip("\n"))):
        lines = block.split("\n")
        if any(re.search(r"\S {2,}\S|^ ", line) for line in lines):
            yield ".PP\n.nf\n" + plain("\n".join(lines)) + "\n.fi"
        else:
            yield ".PP\n" + plain(" ".join(line.strip() for line in lines))


def shown(parts):
    return [part for part in parts or [] if part["shouldDisplay"] and part.get("commandName") != "help"]


def names(argument):
    return [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]


def value(argument):
    return "\\fI" + plain(argument["valueName"]) + "\\fR"


def usage(argument):
    """As it stands in a command's line."""
    if argument["kind"] == "positional":
        word = value(argument)
    else:
        name = argument["preferredName"]
        word = "\\fB" + plain(("-" if name["kind"] == "short" else "--") + name["name"]) + "\\fR"
        if argument["kind"] == "option":
            word += " " + value(argument)
    word += " ..." if argument["isRepeating"] else ""
    return f"[{word}]" if argument["isOptional"] else word


def entry(argument):
    head = ", ".join("\\fB" + plain(name) + "\\fR" for name in names(argument)) or value(argument)
    if argument["kind"] == "option":
        head += " " + value(argument)
    words = argument.get("abstract", "")
    if argument.get("defaultValue"):
        words += f" (default: {argument['defaultValue']})"
    return f".TP\n{head}\n{plain(words) or chr(92) + '&'}"


def synopsis(command, path):
    line = [usage(argument) for argument in shown(command.get("arguments")) if "help" not in str(names(argument))]
    if shown(command.get("subcommands")):
        line.append("\\fIcommand\\fR")
    return ".PP\n\\fB" + plain(" ".join(path)) + "\\fR " + " ".join(line)


def described(command, path):
    """A command and all below it: the first as a page of its own, each other as a part of it."""
    if len(path) == 2:
        page = [".SH SYNOPSIS", synopsis(command, path), ".SH DESCRIPTION"]
    else:
        page = [".SS " + plain(" ".join(path[1:])), synopsis(command, path)]
    page += paragraphs(command.get("abstract", ""))
    page += paragraphs(command.get("discussion", ""))
    page += [entry(argument) for argument in shown(command.get("arguments")) if "--help" not in names(argument)]
    for below in shown(command.get("subcommands")):
        page += described(below, path + [below["commandName"]])
    return page


def table(title, rows):
    return [f".SH {title}"] + [f".TP\n.B {plain(name)}\n{plain(words)}" for name, words in rows]


def head(name, abstract):
    abstract = abstract.rstrip(".").split("\n")[0]
    return [
        f'.TH {plain(name.upper())} {SECTION} "{DATE}" "Courant {VERSION}" "Courant"',
        ".SH NAME", f"{plain(name)} \\- {plain(abstract[:1].lower() + abstract[1:])}",
    ]


def write(name, lines):
    path = pathlib.Path(FOLDER) / f"{name}.{SECTION}"
    # A heading begins a paragraph by itself.
    text = re.sub(r"(?m)^(\.S[HS] .*\n)\.PP\n", r"\1", "\n".join(lines) + "\n")
    path.write_text(text, encoding="utf-8")


def main():
    root = json.load(sys.stdin)["command"]
    groups = shown(root["subcommands"])
    pages = {f"{PROGRAM}-{group['commandName']}": group for group in groups}
    page = head(PROGRAM, root["abstract"]) + [".SH SYNOPSIS", synopsis(root, [PROGRAM]), ".SH DESCRIPTION"]
    page += [*paragraphs(root.get("discussion", "")), ".SH COMMANDS"]
    page += [f".TP\n.BR {plain(name)} ({SECTION})\n{plain(group.get('abstract', ''))}" for name, group in pages.items()]
    page += table("FILES", FILES[PROGRAM]) + table("ENVIRONMENT", ENVIRONMENT[PROGRAM]) + table("EXIT STATUS", EXIT[PROGRAM])
    page += [".SH SEE ALSO", ".BR courant (1)" if PROGRAM == "courantd" else ".BR courantd (8)"]
    write(PROGRAM, page)
    for name, group in pages.items():
        body = head(name, group.get("abstract", "")) + described(group, [PROGRAM, group["commandName"]])
        write(name, body + [".SH SEE ALSO", f".BR {PROGRAM} ({SECTION})"])


main()
