"""Which form of these tests runs: a sample of about a minute in all, or everything where CAIRN_LONG=1 is set."""
import os
import random

IS_LONG = os.environ.get("CAIRN_LONG") == "1"


def either(sample, everything):
    return everything if IS_LONG else sample


def sample_of(points, count):
    """All points in the long form; else `count` of them, spread over the whole and the same ones in every run."""
    points = list(points)
    if IS_LONG or len(points) <= count:
        return points
    stride = len(points) / count
    generator = random.Random(count)
    return [points[int(stride * (i + generator.random()))] for i in range(count)]
