"""An OpenID provider made with django-oauth-toolkit: what it says of people."""
from oauth2_provider.oauth2_validators import OAuth2Validator


class Claims(OAuth2Validator):
    oidc_claim_scope = None

    def get_additional_claims(self, request):
        user = request.user
        return {
            "preferred_username": user.username, "name": user.get_full_name(), "email": user.email, "email_verified": True,
            "groups": list(user.groups.values_list("name", flat=True)),
        }
