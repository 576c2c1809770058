"""Which files an environment loaded, and that it loaded them from their source."""

import importlib.util
import os
import py_compile
import unittest

from environment_server import EnvironmentTest


class Modules(EnvironmentTest):
    def stamp(self, path):
        file = self.folder / path
        status = file.stat()
        return status.st_mtime_ns, status.st_size, str(file)

    def test_what_the_handler_imports_is_told_once(self):
        self.write("shop/__init__.py", "")
        self.write("shop/prices.py", "PRICE = 3")
        self.write("shop/unused.py", "")
        environment = self.environment("""
            from shop.prices import PRICE
            import json, decimal
            def handler(event, context): return PRICE
        """)
        self.assertEqual(self.ready.modules, [
            self.stamp("app.py"), self.stamp("shop/__init__.py"), self.stamp("shop/prices.py")])
        self.assertEqual(environment.call().modules, [])

    def test_late_imports_come_with_the_next_answer(self):
        self.write("late.py", "VALUE = 1")
        self.write("broken.py", "1 / 0")
        environment = self.environment("""
            def handler(event, context):
                if event == "broken":
                    import broken
                import late
                return late.VALUE
        """)
        answer = environment.call()
        self.assertEqual((answer.value, answer.modules), (1, [self.stamp("late.py")]))
        self.assertEqual(environment.call("broken").modules, [self.stamp("broken.py")])
        self.assertEqual(environment.call().modules, [])

    def test_a_stale_pyc_is_not_read_and_none_is_written(self):
        file = self.write("prices.py", "PRICE = 1")
        os.utime(file, ns=(10**18, 10**18))
        py_compile.compile(str(file), doraise=True)
        file.write_text("PRICE = 2")
        os.utime(file, ns=(10**18, 10**18))  # The same second and size: a quick edit.
        environment = self.environment("""
            import prices
            def handler(event, context): return prices.PRICE
        """)
        self.assertEqual(environment.result(), 2)
        written = [path.name for path in self.folder.rglob("*.pyc") if path.name.startswith("app.")]
        self.assertEqual(written, [])

    def test_a_file_that_changes_while_it_is_read(self):
        file = self.write("changing.py", """
            import os
            with open(__file__, "a") as file:
                file.write("# saved while it was loaded\\n")
        """)
        before = self.stamp("changing.py")
        self.environment("""
            import changing
            def handler(event, context): pass
        """)
        self.assertIn(before, self.ready.modules)
        self.assertNotEqual(before, self.stamp("changing.py"))

    def test_modules_that_no_finder_finds(self):
        plugin = self.write("plugins/green.py", "COLOUR = 'green'")
        self.environment(f"""
            import importlib.util
            spec = importlib.util.spec_from_file_location("green", {str(plugin)!r})
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            def handler(event, context): return module.COLOUR
        """)
        self.assertIn(self.stamp("plugins/green.py"), self.ready.modules)

    def test_installed_packages_are_not_the_projects(self):
        self.write(".venv/lib/site-packages/installed.py", "VALUE = 1")
        self.environment("""
            import installed
            def handler(event, context): pass
        """, sys_path=[str(self.folder), str(self.folder / ".venv/lib/site-packages")])
        self.assertEqual(self.ready.modules, [self.stamp("app.py")])

    def test_where_the_server_was_started_is_the_projects_too(self):
        self.write("project/app.py", "import beside, json\ndef handler(event, context): return beside.VALUE")
        self.write("work/beside.py", "VALUE = 1")
        self.environment(project=str(self.folder / "project"), cwd=str(self.folder / "work"),
                         sys_path=[str(self.folder / "project"), str(self.folder / "work")])
        self.assertEqual(self.ready.modules, [self.stamp("project/app.py"), self.stamp("work/beside.py")])

    def test_the_standard_library_is_never_the_projects(self):
        self.environment("""
            import this, json, colorsys
            def handler(event, context): pass
        """, cwd="/")
        self.assertEqual(self.ready.modules, [self.stamp("app.py")])

    def test_links(self):
        self.write("real/inner.py", "VALUE = 1")
        (self.folder / "link").symlink_to(self.folder / "real")
        outside = self.folder / "link"
        self.environment("""
            import inner
            def handler(event, context): pass
        """, project=str(self.folder), sys_path=[str(self.folder), str(outside)])
        self.assertIn(str(outside / "inner.py"), [path for _, _, path in self.ready.modules])

    def test_a_project_that_is_named_by_a_link(self):
        self.write("real/app.py", "def handler(event, context): pass")
        (self.folder / "link").symlink_to(self.folder / "real")
        for project, path in (("link", "real"), ("real", "link"), ("link", "link")):
            self.environment(project=str(self.folder / project), sys_path=[str(self.folder / path)])
            self.assertEqual([path for _, _, path in self.ready.modules],
                             [str(self.folder / path / "app.py")])


if __name__ == "__main__":
    unittest.main()
