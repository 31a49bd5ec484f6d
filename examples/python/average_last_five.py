"""Averages the last five checkpoints of a run: average_last_five.py DIRECTORY DST"""

import sys

import cairn

directory, dst = sys.argv[1:]
newest = [prefix for prefix, step in cairn.get_all_checkpoints(directory)][-5:]
print("average of", *newest)
print(cairn.average(newest, dst, take_last=True))
