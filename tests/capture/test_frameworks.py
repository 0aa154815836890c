"""Frameworks that look at functions before they call them take wrapped ones for what they are."""

from __future__ import annotations

import pytest

PROGRAMS = {
    "flask": (
        """
        import flask
        app = flask.Flask(__name__)
        @app.before_request
        def before(): flask.g.seen = ["before"]
        @app.route("/double/<int:x>")
        def double(x):
            flask.g.seen.append("view")
            return {"double": 2 * x, "seen": flask.g.seen, "args": dict(flask.request.args)}
        @app.errorhandler(ZeroDivisionError)
        def broken(error): return f"{type(error).__name__}: {error}", 418
        @app.get("/divide/<int:x>")
        def divide(x): return str(1 // x)
        @app.get("/proxy")
        def proxy(): return describe(flask.request, flask.session, flask.current_app)
        def describe(request, session, current): return request.path + current.name
        @app.template_filter("shout")
        def shout(text): return text.upper() + "!"
        @app.get("/page")
        def page(): return flask.render_template_string("{{ 'x' | shout }}")
        @app.cli.command("hello")
        def hello(): print("hello")
        """,
        """
        import m
        client = m.app.test_client()
        for path in ["/double/4?a=1", "/divide/0", "/divide/1", "/proxy", "/page", "/none"] * 4:
            response = client.get(path)
            print(path, response.status_code, response.get_data(as_text=True))
        print(sorted(rule.endpoint for rule in m.app.url_map.iter_rules()), m.app.view_functions["double"] is m.double)
        print(m.app.test_cli_runner().invoke(args=["hello"]).output)
        """,
    ),
    "fastapi": (
        """
        from typing import Annotated
        import fastapi, pydantic
        app = fastapi.FastAPI()
        class Item(pydantic.BaseModel):
            name: str
            price: float = 1.0
        def settings(verbose: bool = False): return {"verbose": verbose}
        def session(base: Annotated[dict, fastapi.Depends(settings)]):
            try:
                yield [base]
            finally:
                print("closed")
        class Pager:
            def __init__(self, page: int = 1): self.page = page
            def offset(self): return 10 * self.page
        @app.post("/items/{number}")
        def create(number: int, item: Item, s: Annotated[list, fastapi.Depends(session)], p: Annotated[Pager, fastapi.Depends()]):
            return {"number": number, "item": item, "session": s, "offset": p.offset()}
        @app.get("/slow")
        async def slow(x: int = 2, s=fastapi.Depends(settings)): return x * 2
        @app.exception_handler(KeyError)
        def missing(request, error): return fastapi.responses.JSONResponse({"missing": str(error)}, 404)
        @app.get("/missing")
        def look(): raise KeyError("k")
        """,
        """
        import json, m
        from fastapi.testclient import TestClient
        client = TestClient(m.app)
        for _ in range(4):
            print(client.post("/items/3?verbose=1&page=2", json={"name": "n"}).json())
            print(client.post("/items/x", json={}).json())
            print(client.get("/slow?x=4").json(), client.get("/missing").json())
        m.app.dependency_overrides[m.settings] = lambda: {"over": 1}
        print(client.post("/items/3", json={"name": "n"}).json())
        print(json.dumps(m.app.openapi(), sort_keys=True))
        """,
    ),
    "click": (
        """
        import click
        @click.group()
        @click.option("--debug/--no-debug", default=False)
        @click.pass_context
        def cli(context, debug):
            "Top."
            context.obj = {"debug": debug}
        def positive(context, param, value):
            if value < 0: raise click.BadParameter("negative")
            return value
        @cli.command()
        @click.argument("count", type=int, callback=positive)
        @click.option("--name", prompt=False, default="x", help="A name.")
        @click.pass_obj
        def greet(obj, count, name):
            "Greets."
            for number in range(count): click.echo(line(number, name, obj["debug"]))
        def line(number, name, debug): return f"{number} {name} {debug}"
        """,
        """
        import m
        from click.testing import CliRunner
        for args in (["--help"], ["greet", "--help"], ["--debug", "greet", "3"], ["greet", "--", "-1"], ["greet", "x"], ["nope"]) * 3:
            result = CliRunner().invoke(m.cli, args)
            print(args, result.exit_code, result.output)
        print(m.greet.name, type(m.greet).__name__, m.greet.callback.__name__, m.greet.callback.__doc__)
        m.cli(["greet", "2"])
        """,
    ),
    "pydantic": (
        """
        from typing import Annotated, Any
        import pydantic
        def even(value: int) -> int:
            if value % 2: raise ValueError("odd")
            return value
        class Model(pydantic.BaseModel):
            x: Annotated[int, pydantic.AfterValidator(even)]
            name: str = "n"
            tags: list[str] = pydantic.Field(default_factory=list)
            _secret: int = pydantic.PrivateAttr(default=3)
            @pydantic.field_validator("name", mode="before")
            @classmethod
            def strip(cls, value: Any, info: pydantic.ValidationInfo) -> Any:
                return value.strip() + (info.field_name or "") if isinstance(value, str) else value
            @pydantic.model_validator(mode="after")
            def whole(self):
                if self.name == "bad": raise ValueError("bad")
                return self
            @pydantic.field_serializer("x")
            def show(self, x: int) -> str: return f"<{x}>"
            @pydantic.computed_field
            @property
            def twice(self) -> int: return 2 * self.x
            def secret(self): return self._secret
            def model_post_init(self, context): self.tags.append("post")
        @pydantic.validate_call
        def add(a: int, b: int = 2) -> int: return a + b
        """,
        """
        import m, pydantic
        for _ in range(4):
            model = m.Model(x=4, name=" a ")
            print(model, model.model_dump(), model.model_dump_json(), model.secret(), model.twice, m.add("3"))
            for bad in ({"x": 3}, {"x": 2, "name": 4}):
                try: m.Model(**bad)
                except pydantic.ValidationError as error: print(error.errors(include_url=False, include_context=False))
            try: m.add("x")
            except pydantic.ValidationError as error: print(error.title, len(error.errors()))
        print(m.Model.model_json_schema(), model == model.model_copy(), sorted(model.model_fields_set))
        """,
    ),
    "sqlalchemy": (
        """
        import sqlalchemy as sa
        from sqlalchemy import event, orm
        from sqlalchemy.ext.hybrid import hybrid_property
        class Base(orm.DeclarativeBase):
            def key(self): return type(self).__name__, self.id
        class User(Base):
            __tablename__ = "users"
            id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
            name: orm.Mapped[str]
            addresses: orm.Mapped[list["Address"]] = orm.relationship(back_populates="user")
            @orm.validates("name")
            def check(self, key, value): return value.title()
            @hybrid_property
            def initial(self): return self.name[:1]
            @initial.expression
            def initial(cls): return sa.func.substr(cls.name, 1, 1)
            def greet(self): return greeting(self.name)
            @classmethod
            def named(cls, session, name): return session.scalars(sa.select(cls).where(cls.name == name)).one()
        class Address(Base):
            __tablename__ = "addresses"
            id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
            user_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("users.id"))
            user: orm.Mapped[User] = orm.relationship(back_populates="addresses")
            def owner(self): return self.user_id
        @event.listens_for(User, "load")
        def loaded(target, context): print("loaded", target.id)
        def look(user): return user.id
        def greeting(name): return "hi " + name
        """,
        """
        import sqlalchemy as sa
        from sqlalchemy import orm
        import m
        engine = sa.create_engine("sqlite://")
        m.Base.metadata.create_all(engine)
        sent = []
        sa.event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *rest: sent.append(statement))
        with orm.Session(engine) as session:
            session.add(m.User(id=1, name="ann", addresses=[m.Address(id=7)]))
            session.add(m.User(id=2, name="bob"))
            session.commit()
            for _ in range(4):
                session.expire_all()
                user = session.get(m.User, 1)
                print(m.look(user), "addresses" in sa.inspect(user).unloaded, user.greet(), user.initial, user.key())
                print(m.User.named(session, "Bob").greet(), session.scalars(sa.select(m.User.initial)).all())
                print(user.addresses[0].owner(), "user" in sa.inspect(user.addresses[0]).unloaded)
        print(len(sent), sent)
        """,
    ),
    "django": (
        """
        import django
        from django.conf import settings
        settings.configure(
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            ROOT_URLCONF="m", SECRET_KEY="s", ALLOWED_HOSTS=["*"], DEFAULT_AUTO_FIELD="django.db.models.AutoField",
            USE_TZ=True, TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        )
        django.setup()
        from django import forms
        from django.db import models
        from django.dispatch import receiver
        from django.http import HttpResponse, JsonResponse
        from django.urls import path
        from django.utils.functional import cached_property
        from django.views import View
        class Shelf(models.QuerySet):
            def long(self): return self.filter(pages__gt=100)
        class Book(models.Model):
            title = models.CharField(max_length=20)
            pages = models.IntegerField(default=0)
            objects = Shelf.as_manager()
            class Meta: app_label = "m"
            def __str__(self): return self.title
            def is_long(self): return self.pages > 100
            @cached_property
            def slug(self): return self.title.lower()
            @property
            def thick(self): return self.pages / 100
            def get_absolute_url(self): return f"/book/{self.pk}"
        @receiver(models.signals.post_save, sender=Book)
        def saved(sender, instance, created, **kwargs): print("saved", instance.pk, created)
        class BookForm(forms.ModelForm):
            class Meta:
                model = Book
                fields = ["title", "pages"]
            def clean_title(self): return self.cleaned_data["title"].strip().title()
        def first(books): return books
        def view(request, pk): return JsonResponse({"title": Book.objects.get(pk=pk).title})
        class Classy(View):
            def get(self, request): return HttpResponse(f"{Book.objects.long().count()}")
        urlpatterns = [path("book/<int:pk>", view), path("long", Classy.as_view())]
        """,
        """
        import m
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext
        with connection.schema_editor() as editor: editor.create_model(m.Book)
        for number in range(14):
            form = m.BookForm({"title": f" book {number}", "pages": 20 * number})
            print(form.is_valid(), form.save().slug)
        with CaptureQueriesContext(connection, ) as queries:
            books = m.first(m.Book.objects.all())
            print(len(queries), books._result_cache)
            print(m.first(m.Book.objects.defer("pages").get(pk=1)).get_deferred_fields(), len(queries))
            for book in m.Book.objects.long():
                print(book, book.is_long(), book.thick, book.get_absolute_url(), book.slug)
            print([query["sql"] for query in queries])
        client = Client()
        for path in ("/book/3", "/long", "/none") * 3:
            response = client.get(path)
            print(path, response.status_code, response.content[:40])
        """,
    ),
    "attrs, abstract methods, descriptors, slots": (
        """
        import abc, attrs
        class Named:
            def __set_name__(self, owner, name): self.name = name; print("set_name", owner.__name__, name)
            def __get__(self, instance, owner): return self if instance is None else instance.data[self.name]
            def __set__(self, instance, value): self.check(value); instance.data[self.name] = value
            def check(self, value): print("check", value)
        class Shape(abc.ABC):
            __slots__ = ("data", "__weakref__")
            side = Named()
            def __init__(self): self.data = {}
            @abc.abstractmethod
            def area(self): ...
            @property
            @abc.abstractmethod
            def name(self): ...
            @staticmethod
            @abc.abstractmethod
            def unit(): ...
        class Square(Shape):
            __slots__ = ()
            def area(self): return self.side ** 2
            @property
            def name(self): return "square"
            @staticmethod
            def unit(): return "m"
        @attrs.define
        class Point:
            x: int = attrs.field(converter=int, validator=attrs.validators.instance_of(int))
            y: int = attrs.field(default=0)
            @y.validator
            def _check_y(self, attribute, value):
                if value < 0: raise ValueError(attribute.name)
            def moved(self, by=1): return attrs.evolve(self, x=self.x + by)
            @property
            def both(self): return self.x, self.y
        class Plugin:
            known = {}
            def __init_subclass__(cls, **options): Plugin.known[cls.__name__] = options
            def run(self): return type(self).__name__
        class First(Plugin, level=1): pass
        """,
        """
        import m
        print(sorted(m.Shape.__abstractmethods__), m.Square.__abstractmethods__, m.Shape.area.__isabstractmethod__)
        try: m.Shape()
        except TypeError as error: print(error)
        for number in range(14):
            square = m.Square(); square.side = number
            print(square.area(), square.name, square.unit(), m.Point("3").moved(number), m.Point(1).both, m.First().run())
        try: m.Point(1, -1)
        except ValueError as error: print(error)
        try: square.other = 1
        except AttributeError as error: print("slots")
        print(m.Point.__slots__, m.Plugin.known, hasattr(square, "__dict__"))
        """,
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_framework_does_not_notice(name, make_program):
    module, main = PROGRAMS[name]
    program = make_program({"m.py": module, "main.py": main})
    result = program.assert_unchanged("main.py", targets="m.*")
    assert result.returncode == 0, result.stderr
    assert program.recorded()
