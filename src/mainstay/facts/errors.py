"""What can be wrong with what people tell us about facts."""

from mainstay.common.errors import Invalid


class BadCatalogue(Invalid):
    """The file of features cannot be taken."""

    code = "bad_feature_catalogue"
