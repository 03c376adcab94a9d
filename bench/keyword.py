"""What a reporter writes to search an audit export for immigration searches: a list of words.

Usage: python3 keyword.py FILE... prints the rows read and the rows in which a word was found, then the
organizations with the most hits. It is the baseline of `bench log`: it decides nothing, knows no law and
no organization, and takes "ICE Impersonation" for an immigration search.
"""

import collections
import csv
import re
import sys

WORDS = [
    "immigration", "immigrant", "ice", "i.c.e.", "ero", "hsi", "homeland", "dhs", "cbp", "border patrol", "usbp",
    "deport", "deportation", "detainer", "illegal alien", "undocumented", "287g", "287(g)", "customs",
]
PATTERN = re.compile(r"(?<![a-z0-9])(?:" + "|".join(re.escape(word) for word in WORDS) + r")(?![a-z0-9])")


def main(files):
    rows = hits = 0
    organizations = collections.Counter()
    months = collections.Counter()
    for name in files:
        with open(name, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            reader.fieldnames = [header.strip() for header in reader.fieldnames]
            for row in reader:
                rows += 1
                text = " ".join((row["Reason"], row["Case #"], row["Text Prompt"])).lower()
                if PATTERN.search(text):
                    hits += 1
                    organizations[row["Org Name"]] += 1
                    month, _, year = row["Search Time"].split(",")[0].split("/")
                    months[f"{year}-{month}"] += 1
    print(rows, hits)
    for organization, count in organizations.most_common(10):
        print(f"{count:8} {organization}")
    for month, count in sorted(months.items()):
        print(f"{count:8} {month}")


main(sys.argv[1:])
