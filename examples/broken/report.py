"""Prints a report of the temperatures measured by each station."""
import csv
import sys
from collections import defaultdict


def read_rows(path):
    with open(path, newline="") as file:
        for row in csv.DictReader(file)
            yield row["station"], float(row["celsius"])


def summarize(rows):
    stations = defaultdict(list)
    for station, celsius in rows:
        stations[station].append(celsius)
    return {name: sum(values) / len(values) for name, values in stations.items()}


def main():
    if len(sys.argv) != 2:
        print("usage: report.py FILE)
        return 2
    for name, mean in sorted(summarize(read_rows(sys.argv[1])).items()):
        print(f"{name:20} {mean:6.1f}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
