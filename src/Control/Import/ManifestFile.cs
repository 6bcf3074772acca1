using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>The Kubernetes objects of one file, and what is said about them.</summary>
internal sealed class ManifestFile(IReadOnlyList<Manifest> manifests, Problems problems)
{
    private readonly List<string> _elsewhere = [];

    public IReadOnlyList<Manifest> Manifests { get; } = manifests;

    public Problems Problems { get; } = problems;

    /// <summary>A template or provider of this file; null if it is not in it.</summary>
    public Manifest? Find(string kind, string name) => Manifests.FirstOrDefault(manifest => manifest.Kind == kind && manifest.Name == name);

    /// <summary>The cluster's business and not the traffic's: told in one sentence at the end.</summary>
    public void Elsewhere(string path) => _elsewhere.Add(path);

    public void TellElsewhere()
    {
        if (_elsewhere.Count > 0)
        {
            Problems.Note($"Left to Kubernetes and to the proxy's configuration: {string.Join(", ", _elsewhere.Distinct())}.");
        }
    }
}
