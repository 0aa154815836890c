"""Tests of ``office.letters.statement``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from textwrap import dedent

import pytest

from office.letters import statement


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            (
                "Ann Brook",
                [
                    ("invoice 1", -10),
                    ("invoice 2", -20),
                    ("invoice 3", -30),
                    ("invoice 4", -40),
                    ("invoice 5", -50),
                    ("invoice 6", -60),
                    ("invoice 7", -70),
                    ("invoice 8", -80),
                    ("invoice 9", -90),
                    ("invoice 10", -100),
                    ("invoice 11", -110),
                    ("invoice 12", -120),
                    ("invoice 13", -130),
                    ("invoice 14", -140),
                    ("invoice 15", -150),
                    ("invoice 16", -160),
                    ("payment 1", 8),
                    ("payment 2", 16),
                    ("payment 3", 24),
                    ("payment 4", 32),
                    ("payment 5", 40),
                    ("payment 6", 48),
                    ("payment 7", 56),
                    ("payment 8", 64),
                    ("payment 9", 72),
                    ("payment 10", 80),
                    ("payment 11", 88),
                    ("payment 12", 96),
                    ("payment 13", 104),
                    ("payment 14", 112),
                    ("payment 15", 120),
                ],
            ),
            {},
            dedent(
                """\
                Dear Ann Brook,

                this is your account as we have it:

                   1  invoice 1                     -10      -10
                   2  invoice 2                     -20      -30
                   3  invoice 3                     -30      -60
                   4  invoice 4                     -40     -100
                   5  invoice 5                     -50     -150
                   6  invoice 6                     -60     -210
                   7  invoice 7                     -70     -280
                   8  invoice 8                     -80     -360
                   9  invoice 9                     -90     -450
                  10  invoice 10                   -100     -550
                  11  invoice 11                   -110     -660
                  12  invoice 12                   -120     -780
                  13  invoice 13                   -130     -910
                  14  invoice 14                   -140    -1050
                  15  invoice 15                   -150    -1200
                  16  invoice 16                   -160    -1360
                  17  payment 1                       8    -1352
                  18  payment 2                      16    -1336
                  19  payment 3                      24    -1312
                  20  payment 4                      32    -1280
                  21  payment 5                      40    -1240
                  22  payment 6                      48    -1192
                  23  payment 7                      56    -1136
                  24  payment 8                      64    -1072
                  25  payment 9                      72    -1000
                  26  payment 10                     80     -920
                  27  payment 11                     88     -832
                  28  payment 12                     96     -736
                  29  payment 13                    104     -632
                  30  payment 14                    112     -520
                  31  payment 15                    120     -400

                to pay: 400

                Yours,
                the office
                """
            ),
            id="Ann_Brook-list31-d805",
        ),
    ],
)
def test_statement(args, kwargs, expected):
    assert statement(*args, **kwargs) == expected


# pytead: b629452697c1 (edit this file and Pytead leaves it alone)
