"""How Sphinx makes the site of docs/; docs/decisions/site.md says why Sphinx, and why this theme."""

import sys
from pathlib import Path

import cocapi

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

REPOSITORY = "https://github.com/tonybenoy/cocapi"

project = "cocapi"
author = "cocapi contributors"
project_copyright = "cocapi contributors"
release = version = cocapi.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_llms_txt",
    "sphinx_sitemap",
    "sphinxext.opengraph",
    "docstrings",
    "navigation",
    "operations",
    "pages",
    "pictures",
]
exclude_patterns = ["_ext", "_templates"]
templates_path = ["_templates"]

# Markdown, as it also reads on GitHub
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
suppress_warnings = ["ref.python"]  # a word that several classes have for a field

# Reference from docstrings
autoclass_content = "both"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True, "show-inheritance": True, "exclude-members": "__init__, __new__"}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
default_role = "name_or_code"
toc_object_entries_show_parents = "hide"

# The look
html_theme = "furo"
html_title = "cocapi"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_baseurl = "https://tonybenoy.github.io/cocapi/"
html_show_sphinx = False
html_context = {"versions": [(release, None), ("4.0.1", "https://pypi.org/project/cocapi/4.0.1/")]}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/versions.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_theme_options = {
    "source_repository": REPOSITORY,
    "source_branch": "main",
    "source_directory": "docs/",
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
copybutton_exclude = ".linenos, .gp"
copybutton_prompt_text = "$ "

# What others read
sitemap_url_scheme = "{link}"
ogp_site_url = html_baseurl
ogp_enable_meta_description = True
ogp_social_cards = {"line_color": "#b4530a", "font": "DejaVu Sans", "image_mini": "_static/favicon.png"}
llms_txt_title = "cocapi"
llms_txt_summary = "A Python client framework for the Clash of Clans API in which every feature is a plugin."
