"""Kernels that start warm: forked from one clean process that has everything imported.

``kernel.json`` names the provisioner; papermill, nbconvert and JupyterLab get a warm kernel by the
name of that kernelspec, and need know nothing of it.

    host (papermill, JupyterLab, a worker)     provisioner.py
      -> fork server (multiprocessing)         preload.py
      -> kernel, a fork of it                  forked.py
"""

#: Name of the kernelspec, which lies in the environment, not in anybody's home.
NAME = "workbench"
