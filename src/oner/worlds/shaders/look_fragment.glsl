in vec2 uv;
uniform sampler2D source;
uniform sampler2D bloom;
uniform vec2 size;
uniform float clock;
uniform float seconds;
out vec4 picture;

void main() {
    vec3 c = texture(source, uv).rgb;
    c += texture(bloom, uv).rgb * (1.0 - 0.5 * c);
    picture = vec4(c, 1.0);
}
