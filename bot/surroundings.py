"""What Rasa reads from its surroundings, settled before it is imported.

Rasa computes paths and switches while its modules load, so nothing here may import it.
"""

import os
from pathlib import Path


def settle(home: Path) -> None:
    """Keep Rasa and its libraries quiet, offline, on the processor and inside `home`."""
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "HOME": str(home),  # Rasa writes ~/.config/rasa/global.yml
            "XDG_CONFIG_HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            "MPLCONFIGDIR": str(home),
            "RASA_TELEMETRY_ENABLED": "false",
            "RASA_MAX_CACHE_SIZE": "0",  # train.py has its own, whole-model check
            "LOG_LEVEL": "WARNING",
            "LOG_LEVEL_LIBRARIES": "ERROR",
            "CUDA_VISIBLE_DEVICES": "-1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            # One small matrix product a message: threads cost more than they give.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
    )
