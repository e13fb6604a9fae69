"""What a frozen program needs and no import statement names: plugins, whoever wrote them, are found through
the metadata of their distributions, and many modules are imported by name on first use."""

from importlib.metadata import entry_points

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

plugins = entry_points(group="cocapi")
packages = {point.module.partition(".")[0] for point in plugins}
distributions = {point.dist.name for point in plugins if point.dist is not None}

datas = [entry for name in sorted(distributions) for entry in copy_metadata(name)]
datas += [entry for package in sorted(packages) for entry in collect_data_files(package)]
hiddenimports = [
    module
    for package in ["cocapi", *sorted(packages)]
    for module in collect_submodules(package, filter=lambda name: name != "cocapi._pyinstaller")
]
excludedimports = ["cocapi._pyinstaller", "pytest"]  # which the conformance kits alone import
