"""Tests of ``office.folders.Folder.path``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from pytead.replay import fill, rebuild

from office.folders import Folder


def test_Folder_path_with_shared_values_3ca1():
    folder = rebuild(Folder, name="sent")
    folder_2 = rebuild(Folder, name="letters")
    folder_3 = rebuild(Folder, name="office", parent=None)
    fill(folder, parent=folder_2, folders=[])
    fill(folder_2, parent=folder_3, folders=[folder])
    fill(folder_3, folders=[folder_2, rebuild(Folder, name="bills", parent=folder_3, folders=[])])
    assert folder.path() == "office/letters/sent"


# pytead: fbad987bb184 (edit this file and Pytead leaves it alone)
