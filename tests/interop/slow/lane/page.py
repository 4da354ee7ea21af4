"""A page shows what was run: each line of its configurations stands in a template of the program's folder."""

import re

# What a page writes where a template has a name of this run.
COMMON = {
    "https://auth.example.com": "@ISSUER@",
    "'replace-this-with-a-digest'": "'@SECRET_DIGEST@'",
    "replace-this-with-the-secret": "@SECRET@",
}
# The kinds of blocks that are configurations; shell sessions and answers are told in others.
KINDS = ("yaml", "ini", "apache", "haproxy", "go")


def strange_lines(page, folder, shown):
    """The lines of a page's configurations that stand in no file of the folder."""
    known = set()
    for each in folder.iterdir():
        if each.is_file():
            known |= {line.strip() for line in each.read_text().splitlines()}
    strange = []
    for block in re.findall(rf"^```(?:{'|'.join(KINDS)})\n(.*?)^```", page.read_text(), re.M | re.S):
        for line in block.splitlines():
            meant = line.strip()
            for written, name in (shown | COMMON).items():
                meant = meant.replace(written, name)
            if meant and not meant.startswith("#") and meant not in known:
                strange.append(line)
    return strange
