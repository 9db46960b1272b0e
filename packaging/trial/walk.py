"""The life of an installation, in a Debian that has booted: install, set up, sign up, send, leave, fail, upgrade, purge.

Run by scripts/test-package inside the machine; whatever is not as the manual says ends it with a line that says so.
"""

import base64
import glob
import hashlib
import html
import http.client
import json
import os
import quopri
import re
import subprocess
import sys
import threading
import time
import urllib.parse

from aiosmtpd.controller import Controller

HOME = "/root/packages"
PORT = 8080
# Nobody else's words: a search over all bytes is to find them, or not.
ADDRESS, NAME = "quillfeather.mcnab@example.net", "Quillfeather McNab"
PROXY = {"Host": "news.fjord.test", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}

began = time.monotonic()


def say(text):
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


def fail(text):
    say(f"NOT SO: {text}")
    print(run("journalctl", "--no-pager", "-n", "40", "-u", "courantd", check=False), flush=True)
    sys.exit(1)


def expect(truth, text):
    if not truth:
        fail(text)
    say(text)


def run(*command, check=True, stdin=None, env=None):
    done = subprocess.run(
        command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**QUIET, **(env or {})}
    )
    if check and done.returncode != 0:
        fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout.strip()


def code(*command, env=None):
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**QUIET, **(env or {})}
    ).returncode


def until(truth, text, seconds=60):
    end = time.monotonic() + seconds
    while not truth():
        if time.monotonic() > end:
            fail(f"not within {seconds} s: {text}")
        time.sleep(0.1)
    say(text)


def show(what, unit="courantd"):
    return run("systemctl", "show", "--value", "-p", what, unit)


def ask(method, path, fields=None, headers=None):
    """Status and text, as the proxy would ask; status 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    body = urllib.parse.urlencode(fields) if fields is not None else None
    sent = dict(PROXY, **(headers or {}))
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


class Sink:
    """The relay: takes every mail and keeps it."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos[0], envelope.content.decode("utf-8", "replace")))
        return "250 taken"

    def text(self, address, number=-1):
        mine = [mail for recipient, mail in self.mails if recipient == address]
        return quopri.decodestring(mine[number].encode()).decode("utf-8", "replace")

    def count(self, address):
        return sum(recipient == address for recipient, _ in self.mails)


def proof():
    """What a visitor's browser does: looks for the number."""
    _, page = ask("GET", "/")
    path = html.unescape(re.search(r'data-challenge="([^"]+)"', page).group(1))
    given = json.loads(ask("GET", urllib.parse.urlsplit(path).path)[1])
    salt, wanted = given["salt"].encode(), given["challenge"]
    number = next(
        n for n in range(given["maxnumber"] + 1) if hashlib.sha256(salt + str(n).encode()).hexdigest() == wanted
    )
    answer = {key: given[key] for key in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
    return base64.b64encode(json.dumps(answer).encode()).decode()


def path_of(kind, mail):
    return re.search(r"https://news\.fjord\.test(/%s/[\w-]+)" % kind, mail).group(1)


def sign_up(address, name):
    status, _ = ask("POST", "/subscribe", {"email": address, "name": name, "altcha": proof(), "locale": "en"})
    expect(status == 303, f"POST /subscribe: {status}")
    until(lambda: sink.count(address) == 1, "the confirm mail is there")
    status, _ = ask("POST", path_of("confirm", sink.text(address)))
    expect(status == 200, f"POST /confirm: {status}")


def readable(*words):
    """In which files, and in the journal, one of the words can be read."""
    places = [f for place in ("/var/lib/courant", "/var/lib/courant-backup", "/etc/courant") for f in
              glob.glob(place + "/**", recursive=True) if os.path.isfile(f)]
    found = [f for f in places if any(word.encode() in open(f, "rb").read() for word in words)]
    journal = run("journalctl", "--no-pager", "-u", "courantd", "-u", "courant-backup")
    return found + (["the journal"] if any(word in journal for word in words) else [])


def install(*files):
    return run("apt-get", "install", "-y", "--allow-downgrades", *files)


sink = Sink()
Controller(sink, hostname="127.0.0.1", port=2525).start()
service, client = (sorted(glob.glob(f"{HOME}/{name}_*.deb"))[0] for name in ("courant", "courant-cli"))
newer = glob.glob(f"{HOME}/next/courant_*.deb")[0]

# The first day
said = install(service, client)
expect("Begin with: courantd setup" in said, "apt install, which names the next step")
expect(show("ActiveState") == "inactive" and show("UnitFileState") == "disabled", "nothing runs yet")
expect(code("systemctl", "start", "courantd") != 0 and show("ExecMainStatus") == "78", "no start without settings: 78")
time.sleep(6)
expect(show("NRestarts") == "0" and show("ActiveState") == "failed", "and no second try")
run("systemctl", "reset-failed", "courantd")

token = run(
    "courantd", "setup", "--public-url", "https://news.fjord.test", "--relay-url", "smtp://127.0.0.1:2525",
    "--relay-tls", "off", "--mail-from", "News <news@fjord.test>", "--organisation-name", "Example",
    "--organisation-address", "Street 1, 0150 Oslo, Norway", "--organisation-contact", "privacy@fjord.test",
    "--organisation-authority", "Datatilsynet, Oslo, https://www.datatilsynet.no", "--captcha-provider", "proof-of-work",
    check=False,
)
token = next((word for word in token.split() if re.fullmatch(r"courant[.\w-]{40,}", word)), None) or fail(token)
expect(token, "courantd setup printed a login")
run("systemctl", "enable", "--now", "courantd", "courant-backup.timer")
expect(ask("GET", "/readyz")[0] == 200, "systemctl start returned when it was ready")
expect(show("StatusText") != "", f"status: {show('StatusText')}")
exposure = re.search(r"exposure level for \S+: ([\d.]+)", run("systemd-analyze", "security", "--no-pager", "courantd", check=False))
expect(exposure and float(exposure.group(1)) <= 1.5, f"systemd-analyze security: {exposure and exposure.group(1)}")
for name, path, mode in (("data", "/var/lib/courant", "700"), ("settings", "/etc/courant/courant.yaml", "640")):
    expect(run("stat", "-c", "%a", path) == mode, f"{name}: mode {mode}")
strange = [f for f in glob.glob("/var/lib/courant/*") if run("stat", "-c", "%U", f) != "courant"]
expect(not strange, f"what root's setup made belongs to courant {strange}")

# Somebody comes
sign_up(ADDRESS, NAME)
sign_up("someone.else@example.net", "Someone")
login = {"COURANT_URL": f"http://127.0.0.1:{PORT}", "COURANT_TOKEN": token}
issue = "/root/spring.md"
with open(issue, "w") as file:
    file.write("---\nsubject: Spring\n---\n\nHello{{#name}} {{name}}{{/name}}, spring is here.\n")
sent = run("courant", "send", issue, "--list", "news", "--yes", "--expect-recipients", "2", env=login)
expect("Sent to 2" in sent, sent.splitlines()[-1])
mail = sink.text(ADDRESS)
expect(NAME in mail or "Quillfeather" in mail, "the issue greets by name")
expect(ask("GET", "/metrics")[0] == 404, "no metrics on the public port")

# And leaves
status, _ = ask("POST", path_of("unsubscribe", mail), {"List-Unsubscribe": "One-Click"})
expect(status == 200, f"one-click unsubscribe: {status}")
found = readable(ADDRESS, NAME, "quillfeather")
expect(not found, f"nobody can be read in any file or the journal {found}")

# Bad days
process = show("MainPID")
os.makedirs("/etc/courant/templates/locales", exist_ok=True)
with open("/etc/courant/templates/locales/en.yaml", "w") as file:
    file.write('subscribe:\n  heading: "Spring is worth opening"\n')
run("systemctl", "reload", "courantd")
until(lambda: "Spring is worth opening" in ask("GET", "/?locale=en")[1], "systemctl reload: a word of one's own is on the page")
expect(show("MainPID") == process and show("ActiveState") == "active", "by the same process")
with open("/etc/courant/templates/locales/en.yaml", "w") as file:
    file.write("subscribe:\n  heading: \"{{#open}}\"\n  nonsense: 1\n")
expect(code("systemctl", "reload", "courantd") != 0, "systemctl reload of a broken template fails")
expect("Spring is worth opening" in ask("GET", "/?locale=en")[1] and show("ActiveState") == "active", "and all stays as it was")
os.remove("/etc/courant/templates/locales/en.yaml")
run("systemctl", "kill", "-s", "KILL", "--kill-who=main", "courantd")
until(lambda: show("MainPID") not in ("0", process) and ask("GET", "/readyz")[0] == 200, "kill -9: back by itself")
process = show("MainPID")
run("systemctl", "kill", "-s", "STOP", "--kill-who=main", "courantd")
until(lambda: show("MainPID") not in ("0", process) and ask("GET", "/readyz")[0] == 200, "SIGSTOP: the watchdog's restart", 120)
run("courantd", "staff", "add", "Eva", "--role", "editor")
run("systemctl", "restart", "courantd")
expect(ask("GET", "/readyz")[0] == 200, "root's staff add leaves files that the service can read")
settings = open("/etc/courant/courant.yaml").read()
with open("/etc/courant/courant.yaml", "w") as file:
    file.write(settings.replace("https://news.fjord.test", "no address"))
expect(code("systemctl", "restart", "courantd") != 0 and show("ExecMainStatus") == "78", "a wrong setting: 78")
time.sleep(6)
expect(show("NRestarts") == "0" and show("ActiveState") == "failed", "and no second try")
with open("/etc/courant/courant.yaml", "w") as file:
    file.write(settings)
run("systemctl", "restart", "courantd")
run("systemctl", "start", "courant-backup.service")
backups = glob.glob("/var/lib/courant-backup/*")
expect(len(backups) >= 2, f"the backup's unit: {', '.join(os.path.basename(b) for b in backups)}")
expect(not readable(ADDRESS, NAME, "someone.else@example.net"), "nobody can be read in the copies either")

# The next version, while visitors ask
refused, asked, over = [], [0], threading.Event()


def visit():
    while not over.is_set():
        status = ask("GET", "/")[0]
        asked[0] += 1
        if status != 200:
            refused.append((time.monotonic(), status))
        time.sleep(0.01)


visitor = threading.Thread(target=visit)
visitor.start()
install(newer)
until(lambda: ask("GET", "/readyz")[0] == 200, "upgraded")
over.set()
visitor.join()
gap = refused[-1][0] - refused[0][0] if refused else 0
say(f"while it was upgraded: {asked[0]} requests, {len(refused)} not answered, within {gap:.1f} s")
expect(open("/etc/courant/courant.yaml").read() == settings, "settings are as they were")
expect(set(status for _, status in refused) <= {0}, "whoever was not answered found no door, and no error page")
sent = run("courant", "send", issue, "--list", "news", "--again", "--yes", "--expect-recipients", "1", env=login)
expect("Sent to 1" in sent, sent.splitlines()[-1])
promised = run("courantd", "promises", check=False)
expect("broken" not in promised.splitlines()[-1], promised.splitlines()[-1])

# Back, away, and back again
install(service)
until(lambda: ask("GET", "/readyz")[0] == 200, "the older package is back")
run("apt-get", "remove", "-y", "courant")
expect(ask("GET", "/livez")[0] == 0, "removed: nobody answers")
install(service)
until(lambda: ask("GET", "/readyz")[0] == 200, "installed again: the service is back, enabled as it was")
said = run("apt-get", "purge", "-y", "courant", "courant-cli")
expect("/var/lib/courant was left" in said, "purged, and it says what it leaves")
expect(os.path.exists("/var/lib/courant/courant.db"), "the records are still there")
left = [path for pattern in ("/usr/bin/courant*", "/usr/share/courant*", "/lib/systemd/system/courant*",
        "/etc/systemd/system/*/courant*") for path in glob.glob(pattern)]
expect(not left, f"and nothing else {left}")
say("all of it")
