"""Measures one `tenantry` on this machine; started by bin/bench.

The load generator runs on the same cores as the portal, so that requests per second and p99 depend on what else
runs; the processor time of a request does not, and is the figure to compare. Every answer is checked: the status,
and of a page a word that must stand on it.
"""
import argparse
import asyncio
import datetime
import http.client
import json
import os
import platform
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from html import unescape

HERE = os.path.dirname(os.path.abspath(__file__))
PASSWORD = "correct horse battery staple"
TICK = os.sysconf("SC_CLK_TCK")
PAGES = {
    "User Management": ("/accounts/acme/user-management", "Active Users"),
    "User Management, middle": ("/accounts/acme/user-management?after=leila&id=user_00000000000000000000000000", "Leila"),
    "Dashboard": ("/accounts/acme/organizations/acme", "Dock 1"),
    "Organizations": ("/accounts/acme/organizations", "Acme"),
}
# Of one account with 5,000 organizations on six levels, 10,000 projects and 100,000 people; the word stands in the list.
LARGE = {
    "User Management": ("/accounts/acme/user-management", "Active Users"),
    "User Management, search": ("/accounts/acme/user-management?q=leila", "Leila"),
    "Organizations": ("/accounts/acme/organizations", "Acme"),
    "Organizations, a page in the middle": ("/accounts/acme/organizations?after=m&id=org_00000000000000000000000000", "Organizations"),
    "Organizations, search": ("/accounts/acme/organizations?q=mar", "Organizations"),
    "Switcher, search": ("/accounts/acme/switcher?q=org-4321", "4321"),
    "Members with sub-organizations": ("/accounts/acme/organizations/acme/members?below=1", "Include sub-organizations"),
    "Members with sub-organizations, search": ("/accounts/acme/organizations/acme/members?below=1&q=leila", "Leila"),
    "Sub-accounts": ("/accounts/acme/organizations/acme/sub-accounts", "Sub-accounts"),
    "Dashboard": ("/accounts/acme/organizations/acme", "Dock 1"),
}

# Of one account with 100,000 people and 2,000 projects.
MANAGING = {
    "User Management": ("/accounts/acme/user-management", "Save changes"),
    "User Management, a block that is opened": ("/accounts/acme/user-management?open=project_00000000000000000000000000", "Save changes"),
    "Users of all projects": ("/accounts/acme/user-management/projects", "Save changes"),
    "Users of all projects, in the middle": ("/accounts/acme/user-management/projects?after=dock+1000&id=project_00000000000000000000000000", "Dock"),
    "Users of all projects, search": ("/accounts/acme/user-management/projects?q=dock+1", "Dock 1"),
}


# ---- one portal ----------------------------------------------------------------------------

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Portal:
    """A portal over the data in a folder, serving on a port of its own."""

    def __init__(self, binary, folder, smtp="smtp://127.0.0.1:9", more=None):
        self.binary, self.folder, self.jar = binary, folder, {}
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("TENANTRY_") and k not in ("DATABASE_URL", "SMTP_URL")}
        self.env |= {
            "TENANTRY_DATA_DIR": folder, "TENANTRY_LOG": "error", "SMTP_URL": smtp,
            # 16 clients signing in at once wait for each other longer than people should.
            "TENANTRY_HASH_WAIT": "10s",
            **(more or {}),
        }

    def run(self, *arguments):
        done = subprocess.run([self.binary, *arguments], env=self.env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"tenantry {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def __enter__(self):
        # Another port each time: one that was free may be somebody's by now.
        self.port, self.jar = free_port(), {}
        self.env |= {"TENANTRY_LISTEN": f"127.0.0.1:{self.port}", "TENANTRY_PUBLIC_URL": f"http://127.0.0.1:{self.port}"}
        began = time.perf_counter()
        self.process = subprocess.Popen([self.binary, "serve"], env=self.env, stdout=subprocess.DEVNULL)
        while True:
            try:
                if self.get("/sign-in")[0] == 200:
                    break
            except OSError:
                pass
            if self.process.poll() is not None or time.perf_counter() - began > 60:
                sys.exit("tenantry serve did not come up")
            time.sleep(0.001)
        self.cold = time.perf_counter() - began
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ask(self, method, path, body=None, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        head = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
        if self.jar:
            head["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.jar.items())
        c.request(method, path, body, head)
        r = c.getresponse()
        text = r.read().decode("utf-8", "replace")
        for line in r.headers.get_all("set-cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.jar[name.strip()] = value.strip()
        c.close()
        return r.status, text

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, **fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path, fields):
        """A form as browsers send those with a file in them."""
        edge = "bench-edge"
        parts = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields)
        return self.ask("POST", path, (parts + f"--{edge}--\r\n").encode(), {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def sign_in(self, email):
        status, _ = self.post("/sign-in", email=email, password=PASSWORD, return_to="/")
        if status != 303:
            sys.exit(f"signing in as {email} answered {status}")

    # -- what it costs

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def pss(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as f:
            return int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1]) / 1024

    def rest(self):
        """Waits until nothing is worked on any more: what was asked for by clients that hung up goes on without them."""
        for _ in range(30):
            before = self.cpu()
            time.sleep(0.5)
            if self.cpu() - before < 0.02:
                return
        sys.exit("the portal did not come to rest")

    # -- load

    def wrk(self, path, clients, seconds, bodies=None, want=None, cookie=True):
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", os.path.join(HERE, "load.lua"),
                   "-H", "Sec-Fetch-Site: same-origin"]
        if cookie and self.jar:
            command += ["-H", "Cookie: " + "; ".join(f"{k}={v}" for k, v in self.jar.items())]
        env = dict(os.environ)
        if bodies:
            name = os.path.join(self.folder, "bodies")
            with open(name, "w") as f:
                f.write("\n".join(bodies) + "\n")
            command += ["-H", "Content-Type: application/x-www-form-urlencoded"]
            env |= {"BODIES": name, "WANT": want}
        command.append(f"http://127.0.0.1:{self.port}{path}")
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)

    def result(self, load):
        out, _ = load.communicate()
        r = json.loads(re.search(r"^JSON (.*)$", out, re.M)[1])
        # Counted one by one for posts; for pages wrk counts everything beyond 399.
        posts = r["ok"] + r["busy"] + r["bad"] > 0
        wrong = r["bad"] + r["failed"] + (0 if posts else r["status"])
        done = r["ok"] if posts else r["requests"]
        if not done or wrong > 0.002 * r["requests"]:
            sys.exit(f"{wrong} of {r['requests']} answers were wrong (last {r['last']}): {r}")
        if r["busy"]:
            print(f"  {r['busy']} of {r['requests']} were asked to come back later (503)", file=sys.stderr)
        return {"rate": done / (r["us"] / 1e6), "p50": r["p50"] / 1e3, "p99": r["p99"] / 1e3, "requests": done}

    def load(self, *arguments, **more):
        before = self.cpu()
        r = self.result(self.wrk(*arguments, **more))
        r["cpu"] = (self.cpu() - before) / r["requests"] * 1000
        return r

    def page(self, name, clients, seconds, pages=PAGES):
        path, word = pages[name]
        status, text = self.get(path)
        if status != 200 or word not in unescape(text):
            sys.exit(f"{path} answered {status} without “{word}”")
        r = self.load(path, clients, seconds)
        return r | {"bytes": len(text.encode())}


def median(rounds):
    return {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}


# ---- a mail server that takes everything -----------------------------------------------------

class Sink:
    """Counts mails; speaks as much SMTP as the portal asks for, on a thread of its own."""

    def __init__(self):
        self.count, self.first, self.last = 0, None, None
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self.run, args=(ready,), daemon=True).start()
        ready.wait(10)

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 20))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    async def serve(self, reader, writer):
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.last = time.perf_counter()
                    self.first = self.first or self.last
                    self.count += 1
                writer.write(b"250-sink\r\n250-8BITMIME\r\n250 PIPELINING\r\n" if verb == b"EHLO" else b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
                if verb == b"QUIT":
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        writer.close()


# ---- scenes --------------------------------------------------------------------------------

class Bench:
    def __init__(self, binary, folder, quick):
        self.binary, self.folder, self.quick = binary, folder, quick
        self.seconds, self.rounds = (2, 1) if quick else (4, 3)
        self.tables, self.goals = [], []

    def note(self, text):
        print(f"  {text}", file=sys.stderr, flush=True)

    def table(self, title, head, rows):
        out = [f"### {title}", "", "| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
        out += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
        self.tables.append("\n".join(out) + "\n")

    def goal(self, what, figure, goal, reached):
        self.goals.append((what, figure, goal, "yes" if reached else "**no**"))

    def seeded(self, users):
        folder = os.path.join(self.folder, str(users))
        portal = Portal(self.binary, folder)
        began = time.perf_counter()
        said = portal.run("seed", "--users", str(users), "--password", PASSWORD)
        took = time.perf_counter() - began
        self.note(f"seeded {users:,} users in {took:.1f} s")
        self.owner = re.search(r"Sign in as (\S+)", said)[1]
        return portal, took

    def pages(self, portal):
        rows = []
        for name in PAGES:
            portal.page(name, 4, 1)
            for clients in (1, 16, 64):
                r = median([portal.page(name, clients, self.seconds) for _ in range(self.rounds)])
                self.note(f"{name}, {clients}: {r['rate']:,.0f}/s p50 {r['p50']:.2f} p99 {r['p99']:.1f} ms, {r['cpu']:.3f} s per 1,000")
                rows.append((name, clients, f"{r['rate']:,.0f}", f"{r['p50']:.2f}", f"{r['p99']:.1f}", f"{r['cpu']:.3f}", f"{r['bytes'] / 1000:.1f}"))
        self.table("Pages, 10,000 users, signed in as Owner", ("page", "clients", "requests/s", "p50, ms", "p99, ms", "CPU s per 1,000", "KB"), rows)

    def sign_ins(self, portal):
        # The people who are always active.
        with sqlite3.connect(f"file:{portal.folder}/tenantry.db?mode=ro", uri=True) as db:
            people = [row[0] for row in db.execute("SELECT email FROM users ORDER BY id LIMIT 200")]
        body = lambda who: urllib.parse.urlencode({"email": who, "password": PASSWORD, "return_to": "/"})
        bodies = [body(who) for who in people]
        machine = float(re.search(r"([\d.]+) a second", portal.run("hash-rate"))[1])
        rows = []
        for clients in (1, 16):
            rounds = []
            for _ in range(self.rounds):
                portal.rest()
                rounds.append(portal.load("/sign-in", clients, self.seconds + 4, bodies=bodies, want="303", cookie=False))
            r = median(rounds)
            self.note(f"sign-in, {clients}: {r['rate']:.2f}/s of {machine:.2f} hashes/s")
            rows.append((clients, f"{r['rate']:.2f}", f"{r['p50']:,.0f}", f"{r['p99']:,.0f}", f"{r['cpu']:.0f}"))
        self.table(f"Signing in (bcrypt at cost 12; the machine alone works out {machine:.2f} hashes a second)",
                   ("clients", "sign-ins/s", "p50, ms", "p99, ms", "CPU s per 1,000"), rows)
        self.goal("sign-ins at 16 clients, of the machine's bcrypt rate", f"{r['rate'] / machine:.2f}", "≥ 0.95", r["rate"] / machine >= 0.95)
        calm, storm, done = [], [], []
        for _ in range(self.rounds):
            portal.rest()
            calm.append(portal.page("User Management", 4, self.seconds))
            beside = portal.wrk("/sign-in", 16, self.seconds + 3, bodies=bodies, want="303", cookie=False)
            time.sleep(1.5)
            storm.append(portal.page("User Management", 4, self.seconds))
            done.append(portal.result(beside))
        calm, storm, done = median(calm), median(storm), median(done)
        self.note(f"storm: p99 {calm['p99']:.1f} → {storm['p99']:.1f} ms, {calm['rate']:,.0f} → {storm['rate']:,.0f}/s, {done['rate']:.1f} sign-ins/s")
        self.table("A storm: 16 clients signing in without pause, beside 4 clients of User Management",
                   ("", "requests/s", "p50, ms", "p99, ms", "sign-ins/s"),
                   [("calm", f"{calm['rate']:,.0f}", f"{calm['p50']:.2f}", f"{calm['p99']:.1f}", "–"),
                    ("storm", f"{storm['rate']:,.0f}", f"{storm['p50']:.2f}", f"{storm['p99']:.1f}", f"{done['rate']:.1f}")])
        self.goal("p99 of a page during the storm, of calm", f"{storm['p99'] / calm['p99']:.2f}", "≤ 1.5", storm["p99"] <= 1.5 * calm["p99"])

    def adding(self, portal):
        path = "/accounts/acme/user-management/new/roles"
        with sqlite3.connect(f"file:{portal.folder}/tenantry.db?mode=ro", uri=True) as db:
            raw = db.execute("SELECT p.id FROM projects p JOIN organizations o ON o.id = p.organization_id WHERE o.slug = 'acme' ORDER BY p.id").fetchone()[0]
        place = "project_" + type_id(raw)
        fields = urllib.parse.urlencode({"first_name": "Bench", "last_name": "Mark", "place": place, "role": "viewer"})
        body = fields + "&email=new-%SEQ%@example.test&submission=%SUB%"
        rows = []
        for clients in (1, 16):
            r = median([portal.load(path, clients, self.seconds, bodies=[body], want="303") for _ in range(self.rounds)])
            self.note(f"adding people, {clients}: {r['rate']:,.0f}/s p99 {r['p99']:.1f} ms")
            rows.append((clients, f"{r['rate']:,.0f}", f"{r['p50']:.2f}", f"{r['p99']:.1f}", f"{r['cpu']:.3f}"))
        self.table("Adding people: person, membership, role, link, mail and audit events in one durable transaction (`synchronous=FULL`)",
                   ("clients", "people/s", "p50, ms", "p99, ms", "CPU s per 1,000"), rows)

    def outbox(self, folder):
        """The mails of the people just added, to a mail server on this machine."""
        sink = Sink()
        due = "2025-01-01T00:00:00.000000Z"
        with sqlite3.connect(f"{folder}/tenantry.db") as db:
            db.execute("UPDATE outbox SET due_at = ?, leased_until = NULL, leased_by = NULL, attempts = 0 WHERE state = 'queued'", (due,))
            waiting = db.execute("SELECT count(*) FROM outbox WHERE state = 'queued'").fetchone()[0]
        with Portal(self.binary, folder, f"smtp://127.0.0.1:{sink.port}") as portal:
            until = time.perf_counter() + (10 if self.quick else 25)
            while time.perf_counter() < until and sink.count < waiting:
                time.sleep(0.05)
            before = portal.cpu()
        rate = (sink.count - 1) / max(sink.last - sink.first, 0.001) if sink.count > 1 else 0
        self.note(f"outbox: {sink.count:,} of {waiting:,} mails, {rate:,.0f}/s")
        self.goal("mails a second into a mail server on this machine (written in Python, on the same cores)", f"{rate:,.0f}", "≥ 800", rate >= 800)

    def grants(self, folder):
        """Somebody with 500 roles, one on each of so many projects; their user id, and a project beside those."""
        roles = ("viewer", "operations", "billing", "reporting", "manager", "auditor", "user_management", "admin")
        with sqlite3.connect(f"{folder}/tenantry.db") as db:
            account, = db.execute("SELECT id FROM accounts WHERE slug = 'acme'").fetchone()
            user, key = db.execute("SELECT user_id, sort_key FROM memberships WHERE account_id = ? AND status = 'active' ORDER BY sort_key DESC LIMIT 1", (account,)).fetchone()
            db.execute("DELETE FROM grants WHERE user_id = ? AND account_id = ?", (user, account))
            places = db.execute("SELECT id, organization_id FROM projects WHERE account_id = ? AND status = 'active' ORDER BY id LIMIT 501", (account,)).fetchall()
            *places, (spare, _) = places
            held = [(role, *place) for role in roles for place in places][:500]
            db.executemany("INSERT INTO grants (id, account_id, user_id, role, scope, scope_id, organization_id, project_id, below, sort_key, given_at)"
                           " VALUES (?, ?, ?, ?, 'project', ?, ?, ?, 0, ?, '2025-01-01T00:00:00.000000Z')",
                           [(os.urandom(16), account, user, role, project, organization, project, key) for role, project, organization in held])
        return "user_" + type_id(user), "project_" + type_id(spare), len(held)

    def explaining(self, portal, owner):
        person, place, count = self.grants(portal.folder)
        pages = {
            "Can someone do something?": (f"?person={person}&action=users.manage&where={place}", "What is missing"),
            "What can this person do?": (f"/person?person={person}", "Direct"),
        }
        rows, worst = [], 0
        with portal:
            portal.sign_in(owner)
            for name, (query, word) in pages.items():
                path = "/accounts/acme/access" + query
                status, text = portal.get(path)
                if status != 200 or word not in unescape(text):
                    sys.exit(f"{path} answered {status} without “{word}”")
                r = median([portal.load(path, 1, self.seconds) for _ in range(self.rounds)])
                worst = max(worst, r["p50"])
                self.note(f"{name}: {r['rate']:,.0f}/s p50 {r['p50']:.2f} p99 {r['p99']:.1f} ms, {r['cpu']:.3f} s per 1,000")
                rows.append((name, f"{r['rate']:,.0f}", f"{r['p50']:.2f}", f"{r['p99']:.1f}", f"{r['cpu']:.3f}"))
        self.table(f"Explain access, of somebody with {count} roles, one client", ("page", "requests/s", "p50, ms", "p99, ms", "CPU s per 1,000"), rows)
        self.goal(f"p50 of Explain access for somebody with {count} roles, ms (the worst)", f"{worst:.2f}", "≤ 25", worst <= 25)

    def importing(self, folder):
        """People from a file, without mail: the preview, and the job that brings them in."""
        count, path = (1_000 if self.quick else 10_000), "/accounts/acme/user-management/import"
        names = "".join(f"Bench,Mark {n},import-{n}@example.test\n" for n in range(count))
        with Portal(self.binary, folder, more={"TENANTRY_IMPORT_ROWS": str(count)}) as portal:
            portal.sign_in(self.owner)
            rest = portal.pss()
            text = portal.get(path)[1]
            place = re.search(r'value="(project_[0-9a-z]{26})"', text)[1]
            fields = [("rows", "first_name,last_name,email\n" + names), ("place", place), ("role", "viewer"), ("mail", "later")]
            began = time.perf_counter()
            status, text = portal.upload(path, fields)
            looked = time.perf_counter() - began
            if status != 200 or f"{count} ready" not in unescape(text):
                sys.exit(f"the preview of an import answered {status}")
            fields += [("column", column) for column in ("first_name", "last_name", "email")]
            status, text = portal.upload(path + "/check", fields)
            fields.append(("seen", re.search(r'name="seen" value="([0-9a-f]+)"', text)[1]))
            began, cpu = time.perf_counter(), portal.cpu()
            status, _ = portal.upload(path + "/submit", fields)
            ordered = time.perf_counter() - began
            if status != 303:
                sys.exit(f"ordering an import answered {status}")
            most = 0
            with sqlite3.connect(f"file:{folder}/tenantry.db?mode=ro", uri=True) as db:
                while db.execute("SELECT count(*) FROM people_imports WHERE state = 'working'").fetchone()[0]:
                    most = max(most, portal.pss())
                    time.sleep(0.05)
                took = time.perf_counter() - began
                done = db.execute("SELECT count(*) FROM people_import_rows WHERE state = 'invited'").fetchone()[0]
            cpu = portal.cpu() - cpu
        if done != count:
            sys.exit(f"{done:,} of {count:,} people were imported")
        self.note(f"import of {count:,}: looked at in {looked:.2f} s, ordered in {ordered:.2f} s, {count / took:,.0f} rows/s, {rest:.1f} → {most:.1f} MB")
        self.table(f"Import of {count:,} people: each row a transaction of its own (`synchronous=FULL`), without mail",
                   ("preview, s", "order, s", "rows/s", "CPU s per 1,000", "memory at rest, MB", "at most, MB"),
                   [(f"{looked:.2f}", f"{ordered:.2f}", f"{count / took:,.0f}", f"{cpu / count * 1000:.2f}", f"{rest:.1f}", f"{most:.1f}")])
        self.goal(f"memory (PSS) during an import of {count:,} people, MB", f"{most:.1f}", "≤ 64", most <= 64)

    def peopled(self, folder, count):
        """Thirty people on each of the first projects by name, and so many on the last one: its address, and the typed ids of these."""
        with sqlite3.connect(f"{folder}/tenantry.db") as db:
            account, = db.execute("SELECT id FROM accounts WHERE slug = 'acme'").fetchone()
            found = "SELECT p.id, p.organization_id, p.slug, o.slug FROM projects p JOIN organizations o ON o.id = p.organization_id WHERE p.account_id = ? AND p.status = 'active' ORDER BY p.name_key"
            first = db.execute(found + ", p.id LIMIT 60", (account,)).fetchall()
            last = db.execute(found + " DESC, p.id DESC LIMIT 1", (account,)).fetchone()
            people = db.execute("SELECT user_id, sort_key FROM memberships WHERE account_id = ? AND status = 'active' ORDER BY sort_key DESC LIMIT ?", (account, count)).fetchall()
            for (project, organization, *_), some, roles in [(place, people[:30], ("viewer", "billing")) for place in first] + [(last, people, ("viewer",))]:
                db.execute("DELETE FROM grants WHERE scope_id = ?", (project,))
                db.executemany("INSERT INTO grants (id, account_id, user_id, role, scope, scope_id, organization_id, project_id, below, sort_key, given_at)"
                               " VALUES (?, ?, ?, ?, 'project', ?, ?, ?, 0, ?, '2025-01-01T00:00:00.000000Z')",
                               [(os.urandom(16), account, user, role, project, organization, project, key) for user, key in some for role in roles])
                db.execute("INSERT INTO people_counts (scope_id, people) VALUES (?, ?) ON CONFLICT (scope_id) DO UPDATE SET people = excluded.people", (project, len(some)))
        return f"/accounts/acme/organizations/{last[3]}/projects/{last[2]}/users", ["user_" + type_id(user) for user, _ in people]

    def managing(self):
        """User Management as it is with the people of each project below it, and the grid of a large project."""
        portal = Portal(self.binary, os.path.join(self.folder, "managing"))
        people, organizations = ("10000", "100") if self.quick else ("100000", "1000")
        said = portal.run("seed", "--accounts", "1", "--organizations", organizations, "--users", people, "--password", PASSWORD)
        owner = re.search(r"Sign in as (\S+)", said)[1]
        count = 200
        grid, ids = self.peopled(portal.folder, count)
        pages = MANAGING | {f"The grid of {count} people, 100 on the page": (grid + "?per=100", "Save changes")}
        rows, worst = [], {}
        with portal:
            portal.sign_in(owner)
            for name in pages:
                portal.page(name, 1, 1, pages)
                r = median([portal.page(name, 1, self.seconds, pages) for _ in range(self.rounds)])
                worst[name.startswith("The grid")] = max(worst.get(name.startswith("The grid"), 0), r["p50"])
                self.note(f"{name}: {r['rate']:,.0f}/s p50 {r['p50']:.2f} p99 {r['p99']:.1f} ms, {r['cpu']:.3f} s per 1,000, {r['bytes'] / 1000:.0f} KB")
                rows.append((name, f"{r['rate']:,.0f}", f"{r['p50']:.2f}", f"{r['p99']:.1f}", f"{r['cpu']:.3f}", f"{r['bytes'] / 1000:.1f}"))
            took = self.saving(portal, grid, ids)
        projects = 2 * int(organizations)
        self.table(f"User Management of an account with {int(people):,} people and {projects:,} projects, each with its people and their roles, signed in as Owner, one client",
                   ("page", "requests/s", "p50, ms", "p99, ms", "CPU s per 1,000", "KB"), rows)
        self.table(f"Saving a change of the roles of {count} people in one grid: {count} roles, audit events and notices in one transaction",
                   ("", "ms"), [("the half of them", f"{statistics.median(took):.0f}"), ("the longest", f"{max(took):.0f}")])
        self.goal(f"p50 of User Management with {int(people):,} people and {projects:,} projects, ms (the worst of its pages)", f"{worst[False]:.2f}", "≤ 5", worst[False] <= 5)
        self.goal(f"p50 of the grid of {count} people, 100 on the page, ms", f"{worst[True]:.2f}", "≤ 25", worst[True] <= 25)
        self.goal(f"saving a change of {count} people in one grid, ms (the half)", f"{statistics.median(took):.0f}", "≤ 250", statistics.median(took) <= 250)
        shutil.rmtree(portal.folder)

    def saving(self, portal, grid, ids):
        """Gives everybody of a grid a role more, and takes it again, so many times; what each took."""
        took, kind = [], {"Content-Type": "application/x-www-form-urlencoded"}
        for turn in range(4 if self.quick else 20):
            more = [(user, "billing") for user in ids]
            few = [(user, "viewer") for user in ids]
            before, after = (few, few + more) if turn % 2 == 0 else (few + more, few)
            fields = [("person", user) for user in ids] + [("seen", f"{user}.{role}") for user, role in before]
            fields += [("role", f"{user}.{role}") for user, role in after] + [("confirmed", "yes")]
            began = time.perf_counter()
            status, text = portal.ask("POST", grid, urllib.parse.urlencode(fields), kind)
            took.append((time.perf_counter() - began) * 1000)
            if status != 303:
                sys.exit(f"saving the grid answered {status}")
        self.note(f"saving the grid of {len(ids)}: {statistics.median(took):.0f} ms, at most {max(took):.0f}")
        return took

    def large(self):
        """One account as large as they come."""
        portal = Portal(self.binary, os.path.join(self.folder, "large"))
        said = portal.run("seed", "--accounts", "1", "--organizations", "5000", "--users", "100000", "--password", PASSWORD)
        owner = re.search(r"Sign in as (\S+)", said)[1]
        rows, worst = [], 0
        with portal:
            portal.sign_in(owner)
            for name in LARGE:
                portal.page(name, 1, 1, LARGE)
                r = median([portal.page(name, 1, self.seconds, LARGE) for _ in range(self.rounds)])
                worst = max(worst, r["p50"])
                self.note(f"large, {name}: {r['rate']:,.0f}/s p50 {r['p50']:.2f} p99 {r['p99']:.1f} ms, {r['cpu']:.3f} s per 1,000")
                rows.append((name, f"{r['rate']:,.0f}", f"{r['p50']:.2f}", f"{r['p99']:.1f}", f"{r['cpu']:.3f}"))
        self.table("One account with 5,000 organizations on six levels, 10,000 projects and 100,000 people, signed in as Owner, one client",
                   ("page", "requests/s", "p50, ms", "p99, ms", "CPU s per 1,000"), rows)
        self.goal("p50 of a page of one account with 5,000 organizations and 100,000 people, ms (the worst)", f"{worst:.2f}", "≤ 5", worst <= 5)
        # Somebody with 500 roles needs so many projects.
        self.explaining(portal, owner)
        shutil.rmtree(portal.folder)

    def start(self, folder):
        cold, rest = [], []
        for _ in range(3 if self.quick else 10):
            with Portal(self.binary, folder) as portal:
                cold.append(portal.cold * 1000)
                time.sleep(1)
                rest.append(portal.pss())
        size = os.path.getsize(self.binary) / 1e6
        cold, rest = statistics.median(cold), statistics.median(rest)
        self.note(f"start {cold:.0f} ms, {rest:.1f} MB at rest, {size:.1f} MB on disk")
        self.goal("from start to the first 200 of /sign-in, ms", f"{cold:.0f}", "≤ 40", cold <= 40)
        self.goal("memory (PSS) at rest, MB", f"{rest:.1f}", "≤ 10", rest <= 10)
        self.goal("the program, MB", f"{size:.1f}", "≤ 12", size <= 12)

    def memory(self, folder):
        with Portal(self.binary, folder) as portal:
            portal.sign_in(self.owner)
            for name in PAGES:
                portal.page(name, 64, self.seconds)
            loaded = portal.pss()
        self.note(f"{loaded:.1f} MB after 64 clients")
        self.goal("memory (PSS) after 64 clients, MB", f"{loaded:.1f}", "≤ 20", loaded <= 20)

    def growth(self, small, large):
        rows = []
        figures = {}
        for portal, users in ((small, 10_000), (large, 1_000_000)):
            with portal:
                portal.sign_in(self.owner)
                for name in PAGES:
                    portal.page(name, 1, 1)
                    figures[name, users] = median([portal.page(name, 1, self.seconds) for _ in range(self.rounds)])
                if users > 10_000:
                    memory = portal.pss()
        worst = 0
        for name in PAGES:
            few, many = figures[name, 10_000], figures[name, 1_000_000]
            ratio = many["p50"] / few["p50"]
            worst = max(worst, ratio)
            rows.append((name, f"{few['p50']:.2f}", f"{many['p50']:.2f}", f"{ratio:.2f}", f"{few['cpu']:.3f}", f"{many['cpu']:.3f}"))
            self.note(f"{name}: p50 {few['p50']:.2f} → {many['p50']:.2f} ms")
        self.table("Growth: one client, 10,000 and 1,000,000 users",
                   ("page", "p50, ms, 10,000", "p50, ms, 1,000,000", "ratio", "CPU s per 1,000, 10,000", "1,000,000"), rows)
        self.goal("p50 of a page at 1,000,000 users, of that at 10,000 (the worst)", f"{worst:.2f}", "≤ 1.3", worst <= 1.3)
        self.goal("memory (PSS) with 1,000,000 users, MB", f"{memory:.1f}", "≤ 32", memory <= 32)


def type_id(raw):
    """16 bytes as the 26 digits of a typed id."""
    value, digits = int.from_bytes(raw, "big"), "0123456789abcdefghjkmnpqrstvwxyz"
    return "".join(digits[value >> 5 * place & 31] for place in reversed(range(26)))


def machine():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    with open("/proc/meminfo") as f:
        memory = int(re.search(r"MemTotal:\s+(\d+)", f.read())[1]) / 1024 / 1024
    rustc = subprocess.run(["rustc", "-V"], capture_output=True, text=True).stdout.strip()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    kind = model[1] if model else platform.machine()
    return f"{os.cpu_count()} cores ({kind}), {memory:.0f} GB, {platform.system()} {platform.release()}; {rustc}; commit {commit}"


NOTES = "## What is missed, and why"


def kept(path):
    """What people wrote below the figures stays."""
    try:
        with open(path) as f:
            _, found, rest = f.read().partition(NOTES)
            return found + rest
    except FileNotFoundError:
        return ""


def report(bench, seeding):
    head = ["# Benchmarks", "", f"{datetime.date.today()}, by `bin/bench`. {machine()}.", "",
            "SQLite, `synchronous=FULL`. Load and portal share the cores, and whatever else ran there: the processor time per",
            "request is the steadiest figure. " + seeding, ""]
    goals = ["| what | figure | goal | reached |", "|---|---:|---:|---|"] + ["| " + " | ".join(row) + " |" for row in bench.goals]
    return "\n".join([*head, "## Goals", "", *goals, "", "## Figures", "", "\n".join(bench.tables)])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("binary")
    ap.add_argument("--quick", action="store_true")
    a = ap.parse_args()
    folder = tempfile.mkdtemp(prefix="tenantry-bench-")
    # Ended from outside, the folder goes all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        bench = Bench(os.path.abspath(a.binary), folder, a.quick)
        portal, took = bench.seeded(10_000)
        seeding = f"Seeding 10,000 users took {took:.1f} s"
        bench.start(portal.folder)
        with portal:
            portal.sign_in(bench.owner)
            bench.pages(portal)
            bench.sign_ins(portal)
        bench.memory(portal.folder)
        if not a.quick:
            large, took = bench.seeded(1_000_000)
            seeding += f", 1,000,000 users {took:.0f} s"
            bench.growth(portal, large)
            shutil.rmtree(large.folder)
            bench.large()
        bench.managing()
        with portal:
            portal.sign_in(bench.owner)
            bench.adding(portal)
        bench.outbox(portal.folder)
        bench.importing(portal.folder)
        text = report(bench, seeding + ".")
        if a.quick:
            print(text)
        else:
            os.makedirs(os.path.join(HERE, "..", "docs"), exist_ok=True)
            path = os.path.join(HERE, "..", "docs", "benchmarks.md")
            text += "\n" + kept(path)
            with open(path, "w") as f:
                f.write(text)
            print("docs/benchmarks.md")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
