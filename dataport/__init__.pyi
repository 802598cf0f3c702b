"""The types of what `import dataport` hands on; __init__.py finds it on demand."""

from dataport.api import Answer as Answer
from dataport.api import Change as Change
from dataport.api import Port as Port
from dataport.api import QualityView as QualityView
from dataport.api import declared as declared
from dataport.api import open as open

__version__: str
