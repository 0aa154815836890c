"""Classes that SQLAlchemy maps."""

from __future__ import annotations

import pytest

sqlalchemy = pytest.importorskip("sqlalchemy", minversion="2")
orm = pytest.importorskip("sqlalchemy.orm")

Base = orm.declarative_base()


class User(Base):  # type: ignore[misc,valid-type]
    __tablename__ = "users"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    name = sqlalchemy.Column(sqlalchemy.String)
    posts = orm.relationship("Post", back_populates="user")


class Post(Base):  # type: ignore[misc,valid-type]
    __tablename__ = "posts"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    user_id = sqlalchemy.Column(sqlalchemy.ForeignKey("users.id"))
    user = orm.relationship("User", back_populates="posts")
