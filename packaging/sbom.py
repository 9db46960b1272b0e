#!/usr/bin/env python3
"""What is inside a program, as CycloneDX: the packages of Package.resolved, the Swift runtime, and Debian's libraries that it is
linked with: sbom.py NAME VERSION EPOCH Package.resolved [LIBRARY …] > sbom.json"""

import datetime
import json
import subprocess
import sys
import uuid

NAME, VERSION, EPOCH, RESOLVED = sys.argv[1:5]


def swift_packages():
    with open(RESOLVED, encoding="utf-8") as file:
        pins = json.load(file)["pins"]
    for pin in pins:
        place = pin["location"].removeprefix("https://").removesuffix(".git")
        version = pin["state"].get("version") or pin["state"]["revision"]
        yield {
            "type": "library", "name": pin["identity"], "version": version, "purl": f"pkg:swift/{place}@{version}",
            "externalReferences": [{"type": "vcs", "url": pin["location"]}],
            "properties": [{"name": "git:revision", "value": pin["state"]["revision"]}],
        }


def runtime():
    line = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=True).stdout
    version = line.split("Swift version ")[1].split()[0]
    purl = f"pkg:generic/swift@{version}?download_url=https://www.swift.org/install"
    return {"type": "framework", "name": "swift", "version": version, "purl": purl}


def debian(library):
    """Of the package that has it; a path may have come by way of /usr."""
    paths = [library, library.removeprefix("/usr"), "/usr" + library]
    for path in paths:
        found = subprocess.run(["dpkg-query", "--search", path], capture_output=True, text=True)
        if found.returncode == 0:
            package = found.stdout.split(": ")[0].split(",")[0].strip()
            break
    else:
        sys.exit(f"sbom: no package has {library}")
    form = "${Package} ${Version} ${Architecture}"
    name, version, architecture = subprocess.run(
        ["dpkg-query", "--show", "--showformat", form, package], capture_output=True, text=True, check=True
    ).stdout.split()
    purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
    return {"type": "library", "name": name, "version": version, "purl": purl}


components = list(swift_packages()) + [runtime()]
components += {part["purl"]: part for part in map(debian, sorted(set(sys.argv[5:])))}.values()
for component in components:
    component["bom-ref"] = component["purl"]
root = f"pkg:generic/{NAME}@{VERSION}"
time = datetime.datetime.fromtimestamp(int(EPOCH), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
bom = {
    "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
    "metadata": {
        "timestamp": time,
        "component": {"type": "application", "name": NAME, "version": VERSION, "purl": root, "bom-ref": root},
    },
    "components": components,
    "dependencies": [{"ref": root, "dependsOn": [component["purl"] for component in components]}],
}
# The same content has the same number.
bom["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bom, sort_keys=True)).urn
json.dump(bom, sys.stdout, indent=1, sort_keys=True)
print()
