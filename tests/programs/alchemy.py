"""A script that does with SQLAlchemy's ORM what scripts do."""

import sqlalchemy as sa
from sqlalchemy import orm


class Base(orm.DeclarativeBase):
    pass


class Parent(Base):
    __tablename__ = "parents"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str]
    kids: orm.Mapped[list["Kid"]] = orm.relationship(back_populates="parent", cascade="all, delete-orphan")


class Kid(Base):
    __tablename__ = "kids"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    age: orm.Mapped[int]
    parent_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("parents.id"))
    parent: orm.Mapped[Parent] = orm.relationship(back_populates="kids")


engine = sa.create_engine("sqlite://")
statements = []
sa.event.listen(
    engine, "before_cursor_execute", lambda c, cur, statement, *rest: statements.append(statement)
)
Base.metadata.create_all(engine)
with orm.Session(engine) as session:
    session.add_all(Parent(id=n, name=f"p{n}", kids=[Kid(age=a) for a in range(n)]) for n in range(1, 5))
    session.commit()
    for parent in session.scalars(sa.select(Parent).options(orm.selectinload(Parent.kids))):
        print(parent.id, parent.name, [kid.age for kid in parent.kids])
    print(
        session.execute(sa.select(Parent.name, sa.func.count(Kid.id)).join(Kid).group_by(Parent.name)).all()
    )
    parent = session.get(Parent, 3)
    parent.kids.pop()
    parent.name = "changed"
    print(len(session.dirty), len(session.identity_map))
    session.flush()
    try:
        with session.begin_nested():
            session.add(Parent(id=1, name="again"))
            session.flush()
    except sa.exc.IntegrityError as error:
        print(type(error).__name__, error.orig)
    session.rollback()
    print(session.get(Parent, 3).name, session.get(Parent, 3).kids[0].parent is parent)
    session.delete(session.get(Parent, 2))
    session.commit()
    print(session.scalar(sa.select(sa.func.count()).select_from(Kid)))
print(len(statements), *statements, sep="\n")
