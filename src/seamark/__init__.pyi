# The public face as type checkers see it: what `__init__.py` loads when it is first used.

from seamark.client import Client as Client
from seamark.compare import Report as Report
from seamark.compare import compare as compare
from seamark.correlate.ranking import Ranking as Ranking
from seamark.correlate.ranking import rank_causes as rank_causes
from seamark.errors import Conflict as Conflict
from seamark.errors import Corrupt as Corrupt
from seamark.errors import DiskFull as DiskFull
from seamark.errors import InvalidConfig as InvalidConfig
from seamark.errors import InvalidInput as InvalidInput
from seamark.errors import Malformed as Malformed
from seamark.errors import NotFound as NotFound
from seamark.errors import Overloaded as Overloaded
from seamark.errors import SeamarkError as SeamarkError
from seamark.errors import TooLarge as TooLarge
from seamark.errors import Unauthorised as Unauthorised
from seamark.errors import Unavailable as Unavailable

__version__: str
