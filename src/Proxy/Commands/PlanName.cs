using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Snapback.Proxy.Commands;

/// <summary>Finds the rollout that a plan is for: its top-level name, or metadata.name in a Flagger or Argo manifest.</summary>
internal static class PlanName
{
    /// <exception cref="AdminRefusedException">It is no YAML. The admin side would refuse it too, without the file's name.</exception>
    /// <exception cref="UsageException">It has no name.</exception>
    public static string Find(string yaml, string path)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException e)
        {
            throw new AdminRefusedException([$"{path}:{e.Start.Line}:{e.Start.Column}: {e.Message}"]);
        }

        var documents = stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>().ToArray();
        // A manifest's templates have names too; the rollout's own is the one of the Canary or Rollout.
        return documents.Select(document => Text(document, "name")).FirstOrDefault(name => name is not null)
            ?? documents.Where(document => Text(document, "kind") is "Canary" or "Rollout")
                .Select(document => document.Children.TryGetValue("metadata", out var metadata) ? Text(metadata, "name")?.Replace('.', '-') : null)
                .FirstOrDefault(name => name is not null)
            ?? throw new UsageException($"{path} has no top-level 'name:'; add one, or give --name NAME.");
    }

    private static string? Text(YamlNode node, string key) =>
        node is YamlMappingNode map
        && map.Children.TryGetValue(key, out var value)
        && value is YamlScalarNode { Value: { Length: > 0 } text }
            ? text
            : null;
}
