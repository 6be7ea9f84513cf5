"""Posts as a project with DRF writes them: one's own, for staff all."""

from rest_framework.permissions import BasePermission, IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet

from .models import Post


class IsOwnerOrAdmin(BasePermission):
    def has_object_permission(self, request, view, post):
        return request.user.is_staff or post.owner == request.user


class PostSerializer(ModelSerializer):
    class Meta:
        model = Post
        fields = ["id", "title", "body", "owner", "created_at", "updated_at"]
        read_only_fields = ["owner"]


class Posts(ModelViewSet):
    serializer_class = PostSerializer

    def get_permissions(self):
        of_all = self.action in ("list", "create", "metadata", None)
        return [IsAuthenticatedOrReadOnly()] if of_all else [IsAuthenticated(), IsOwnerOrAdmin()]

    def get_queryset(self):
        posts = Post.objects.order_by("-pk")
        if self.action == "list" and not self.request.user.is_staff:
            return posts.filter(owner=self.request.user.pk)
        return posts

    def perform_create(self, serializer):
        serializer.save(owner=self.request.user)
