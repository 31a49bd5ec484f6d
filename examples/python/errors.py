"""How errors are handled: errors.py CHECKPOINT"""

import sys

import cairn

try:
    value = cairn.open(sys.argv[1])["conv0/w"]
except KeyError as error:
    print(error.hint)

try:
    cairn.open("nothing/here")
except FileNotFoundError as error:
    print(error.reason, error.path)

report = cairn.verify(sys.argv[1])
for finding in report.findings:
    print(finding.reason, finding.tensor, finding.message)
print(report)
