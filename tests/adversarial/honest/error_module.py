"""Imports what is not there.

task: total
status: RE
"""

import no_such_module_here

print(no_such_module_here)
