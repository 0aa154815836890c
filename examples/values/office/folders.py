"""Folders: a tree whose nodes know their parents."""


class Folder:
    def __init__(self, name, parent=None):
        self.name = name
        self.parent = parent
        self.folders = []
        if parent is not None:
            parent.folders.append(self)

    def path(self):
        """The way from the root."""
        return f"{self.parent.path()}/{self.name}" if self.parent else self.name


def depth(folder):
    """How many levels there are below."""
    return max((1 + depth(each) for each in folder.folders), default=0)
