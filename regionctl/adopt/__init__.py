"""Taking what was made by hand under management, without touching it.

    read(folder)                     what an export says exists: an Inventory, each property with its file and line
    classify(inventory, ...)         what each resource is to a region's declaration, and why
    adopt(engine, program, ...)      imports what is equal, refuses what would change (regionctl/adopt/apply.py)

Three kinds of exports are read (`readers/`): Terraform's language, as `gcloud beta resource-config bulk-export
--resource-format=terraform` writes it, assets of Cloud Asset Inventory, and Terraform's state (version 4). What a file
holds and no reader takes is named in `Inventory.unread`. `inventory.py` tells which number is which project's.
The catalogues say how a type is called in each export and how its import id is made; `rules.toml` what is not to be
managed.
"""
