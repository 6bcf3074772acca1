using Microsoft.Extensions.Configuration.Json;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// A JSON file whose sections know their children. The framework's own provider goes through all keys of the file for every
/// section that is asked for its children: with ten thousand routes the start would take hours.
/// </summary>
internal sealed class IndexedJson : JsonConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new Provider(this);
    }

    private sealed class Provider(IndexedJson source) : JsonConfigurationProvider(source)
    {
        private volatile Dictionary<string, string[]> _children = [];

        public override void Load(Stream stream)
        {
            base.Load(stream);
            var children = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
            var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var key in Data.Keys)
            {
                Add(children, known, key);
            }

            // Kept for as long as the process lives: each array as long as its list, and each word once that all of the sections have in common.
            var words = new HashSet<string>(StringComparer.Ordinal);
            _children = children.ToDictionary(section => section.Key, section => Sorted(section.Value, words), StringComparer.OrdinalIgnoreCase);
        }

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            var own = _children.GetValueOrDefault(parentPath ?? "") ?? [];
            return earlierKeys.Any() ? own.Concat(earlierKeys).Order(ConfigurationKeyComparer.Instance) : own;
        }

        private static string[] Sorted(List<string> siblings, HashSet<string> words)
        {
            siblings.Sort(ConfigurationKeyComparer.Instance);
            return [.. siblings.Select(key => words.TryGetValue(key, out var known) || words.Add(known = key) ? known : key)];
        }

        /// <summary>The key, and every section above it that was not met before.</summary>
        private static void Add(Dictionary<string, List<string>> children, HashSet<string> known, string path)
        {
            while (known.Add(path))
            {
                var parent = ConfigurationPath.GetParentPath(path) ?? "";
                if (!children.TryGetValue(parent, out var siblings))
                {
                    children[parent] = siblings = [];
                }

                siblings.Add(ConfigurationPath.GetSectionKey(path));
                if (parent.Length == 0)
                {
                    return;
                }

                path = parent;
            }
        }
    }
}
