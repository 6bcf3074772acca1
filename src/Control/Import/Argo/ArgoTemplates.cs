using System.Collections.Immutable;
using Snapback.Control.Plans;

namespace Snapback.Control.Import.Argo;

/// <summary>
/// The templates that one analysis names, and those that these name. Each is taken once, however often it is named: so does Argo, and
/// two that are named twice at each of thirty levels would be a billion.
/// </summary>
internal sealed class ArgoTemplates(Fields strategy, Manifest rollout)
{
    private readonly HashSet<Manifest> _taken = new(ReferenceEqualityComparer.Instance);
    private readonly List<Fields> _specs = [];

    /// <returns>The specs, the inner ones first.</returns>
    public IReadOnlyList<Fields> Of(Fields analysis)
    {
        if (analysis.List("templates").Count == 0)
        {
            strategy.Problems.NotUnderstood(analysis.At, "The analysis names no template, and measures nothing.", "It is left out.");
        }

        foreach (var reference in analysis.Maps("templates"))
        {
            Take(reference, []);
        }

        return _specs;
    }

    /// <param name="within">The templates that this one stands in: one that names itself has no end.</param>
    private void Take(Fields reference, ImmutableHashSet<Manifest> within)
    {
        if (Find(reference) is not { } template)
        {
            return;
        }

        if (within.Contains(template))
        {
            strategy.Problems.Add(reference.At, $"The {template.Kind} {Shown.Quoted(template.Name)} stands in itself.", "Remove the circle.");
        }
        else if (_taken.Add(template) && Fields.Of(template.Root, strategy.File)?.Map("spec") is { } spec)
        {
            foreach (var inner in spec.Maps("templates"))
            {
                Take(inner, within.Add(template));
            }

            _specs.Add(spec);
        }
    }

    /// <summary>Null, and named as not understood, if it is not in the file.</summary>
    private Manifest? Find(Fields reference)
    {
        var name = reference.Text("templateName");
        var kind = reference.IsTrue("clusterScope") ? "ClusterAnalysisTemplate" : "AnalysisTemplate";
        reference.Close();
        var space = kind == "AnalysisTemplate" ? rollout.Namespace : null;
        if (name is not null && strategy.File.Find(kind, name, space) is { } template)
        {
            return template;
        }

        strategy.Problems.NotUnderstood(
            reference.At, strategy.File.IsMissing(kind, name ?? "", space), "Put it there; the analysis is left out.");
        return null;
    }
}
