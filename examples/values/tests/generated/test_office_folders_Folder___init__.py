"""Tests of ``office.folders.Folder.__init__``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest
from pytead.replay import fill, rebuild, same

from office.folders import Folder


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            ("office",),
            {},
            rebuild(Folder, name="office", parent=None, folders=[]),
            id="office",
        ),
    ],
)
def test_Folder_init(args, kwargs, expected):
    assert same(Folder(*args, **kwargs), expected)


def test_Folder_init_changes_arguments_with_shared_values_8db8():
    folder = rebuild(Folder, name="letters")
    folder_2 = rebuild(Folder, name="office", parent=None, folders=[folder])
    fill(folder, parent=folder_2, folders=[])
    args = ("letters", Folder("office"))
    args_after = ("letters", folder_2)
    assert same(Folder(*args), folder)
    assert same(args, args_after)


def test_Folder_init_changes_arguments_with_shared_values_b990():
    folder = rebuild(Folder, name="sent")
    folder_2 = rebuild(Folder, name="letters")
    fill(folder, parent=folder_2, folders=[])
    fill(
        folder_2,
        parent=rebuild(Folder, name="office", parent=None, folders=[folder_2]),
        folders=[folder],
    )
    args = ("sent", Folder("letters", Folder("office")))
    args_after = ("sent", folder_2)
    assert same(Folder(*args), folder)
    assert same(args, args_after)


def test_Folder_init_changes_arguments_with_shared_values_37a2():
    folder = rebuild(Folder, name="office", parent=None)
    folder_2 = rebuild(Folder, name="letters")
    folder_3 = rebuild(Folder, name="bills")
    folder_4 = rebuild(Folder, name="office", parent=None)
    folder_5 = rebuild(Folder, name="letters")
    fill(folder, folders=[folder_2])
    fill(
        folder_2,
        parent=folder,
        folders=[rebuild(Folder, name="sent", parent=folder_2, folders=[])],
    )
    fill(folder_3, parent=folder_4, folders=[])
    fill(folder_4, folders=[folder_5, folder_3])
    fill(
        folder_5,
        parent=folder_4,
        folders=[rebuild(Folder, name="sent", parent=folder_5, folders=[])],
    )
    args = ("bills", folder)
    args_after = ("bills", folder_4)
    assert same(Folder(*args), folder_3)
    assert same(args, args_after)


# pytead: 46c7972deebe (edit this file and Pytead leaves it alone)
