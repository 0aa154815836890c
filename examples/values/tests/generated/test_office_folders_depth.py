"""Tests of ``office.folders.depth``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from pytead.replay import fill, rebuild

from office.folders import Folder, depth


def test_depth_with_shared_values_8ec8():
    folder = rebuild(Folder, name="office", parent=None)
    folder_2 = rebuild(Folder, name="letters")
    fill(folder, folders=[folder_2, rebuild(Folder, name="bills", parent=folder, folders=[])])
    fill(
        folder_2,
        parent=folder,
        folders=[rebuild(Folder, name="sent", parent=folder_2, folders=[])],
    )
    assert depth(folder) == 2


# pytead: c9740e913cd1 (edit this file and Pytead leaves it alone)
