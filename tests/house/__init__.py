"""Rules of the house's structure that hold for every module, also for one that is made tomorrow."""
