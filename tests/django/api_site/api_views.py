"""What a project adds to DRF and simplejwt: claims of its own, and a view of whoever asks."""

from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer


class PairWithClaims(TokenObtainPairSerializer):
    @classmethod
    def get_token(cls, user):
        token = super().get_token(user)
        token["email"] = user.email
        token["username"] = user.username
        token["is_staff"] = user.is_staff
        token["role"] = getattr(user, "role", "user")
        return token


class Profile(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"id": request.user.pk, "username": request.user.username, "email": request.user.email})
