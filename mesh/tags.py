"""The tags of the mesh's resources on AWS, by which its costs can be told from others."""

PROJECT = "Project"
DOMAIN = "Domain"
"""The tag's value is the domain's name; what all domains share has none."""
TAGS = {PROJECT: "DataMeesh"}
"""On everything that AWS can tag; the spelling is the seed document's."""
