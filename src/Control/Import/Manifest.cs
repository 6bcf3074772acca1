using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>One Kubernetes object.</summary>
/// <param name="Group">The API group, such as flagger.app; empty for the core group.</param>
internal sealed record Manifest(string Kind, string Group, string Name, string? Namespace, PlanMap Root)
{
    /// <summary>The object of a document, or all of a List, as kubectl prints several.</summary>
    public static IEnumerable<Manifest> AllOf(PlanNode root) => Of(root) switch
    {
        null => [],
        { Kind: var kind } when kind.EndsWith("List", StringComparison.Ordinal)
            && ((PlanMap)root).Entries.TryGetValue("items", out var items)
            && items.Value is PlanList { Items.Count: > 0 } list =>
            list.Items.Select(Of).OfType<Manifest>(),
        var one => [one],
    };

    /// <summary>Null, and no problem, for a document that is no Kubernetes object.</summary>
    public static Manifest? Of(PlanNode root)
    {
        if (root is not PlanMap map || Text(map, "kind") is not { } kind || Text(map, "apiVersion") is not { } version)
        {
            return null;
        }

        var metadata = map.Entries.TryGetValue("metadata", out var entry) ? entry.Value as PlanMap : null;
        return new Manifest(
            kind,
            version.Split('/') is [var group, _] ? group : "",
            metadata is null ? "" : Text(metadata, "name") ?? "",
            metadata is null ? null : Text(metadata, "namespace"),
            map)
        {
            NameAt = metadata is not null && metadata.Entries.TryGetValue("name", out var name) ? name.Value as PlanScalar : null,
        };
    }

    /// <summary>Where the name stands; null without one.</summary>
    public PlanNode? NameAt { get; private init; }

    /// <summary>What keeps a document from being an object; null for one that is, and for one that is empty.</summary>
    public static string? Lacks(PlanNode root) => root is not PlanMap map || Of(root) is not null
        ? null
        : Text(map, "kind") is { } kind
            ? $"The {Shown.Plain(kind)} has no apiVersion."
            : Text(map, "apiVersion") is null ? "The document has neither kind nor apiVersion." : "The document has no kind.";

    public bool IsRollout => this is { Kind: "Canary", Group: "flagger.app" } or { Kind: "Rollout", Group: "argoproj.io" };

    private static string? Text(PlanMap map, string key) =>
        map.Entries.TryGetValue(key, out var entry) && entry.Value is PlanScalar scalar ? scalar.Text : null;
}
