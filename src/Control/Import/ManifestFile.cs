using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>The Kubernetes objects of one file, and what is said about them.</summary>
internal sealed class ManifestFile(IReadOnlyList<Manifest> manifests, Problems problems)
{
    private readonly List<string> _elsewhere = [];

    public IReadOnlyList<Manifest> Manifests { get; } = manifests;

    public Problems Problems { get; } = problems;

    /// <summary>A template or provider of this file; null if it is not in it.</summary>
    /// <param name="space">Its namespace; null if that is kubectl's to say, as it is for a manifest that names none.</param>
    public Manifest? Find(string kind, string name, string? space)
    {
        var found = Called(kind, name)
            .Where(manifest => manifest.Namespace is null || space is null || manifest.Namespace == space)
            .OrderBy(manifest => manifest.Namespace == space ? 0 : 1)
            .ToList();
        if (found is [var first, var second, ..] && first.Namespace == second.Namespace)
        {
            Problems.Add(
                second.Root,
                $"This is a second {kind} {Shown.Quoted(name)}, the first is on line {first.Root.Line}.",
                "Which one counts is a guess; keep one.");
        }

        return found.FirstOrDefault();
    }

    /// <summary>Why <see cref="Find"/> gave nothing.</summary>
    public string IsMissing(string kind, string name, string? space) => Called(kind, name).ToList() is { Count: > 0 } others
        ? $"The {kind} {Shown.Quoted(name)} of the namespace {Shown.Plain(space ?? "")} is not in this file, " +
            $"only that of {string.Join(" and ", others.Select(other => Shown.Plain(other.Namespace ?? "")))}."
        : $"The {kind} {Shown.Quoted(name)} is not in this file.";

    /// <summary>The cluster's business and not the traffic's: told in one sentence at the end.</summary>
    public void Elsewhere(string path) => _elsewhere.Add(path);

    private IEnumerable<Manifest> Called(string kind, string name) => Manifests.Where(manifest => manifest.Kind == kind && manifest.Name == name);

    public void TellElsewhere()
    {
        if (_elsewhere.Count > 0)
        {
            Problems.Note($"Left to Kubernetes and to the proxy's configuration: {string.Join(", ", _elsewhere.Distinct())}.");
        }
    }
}
