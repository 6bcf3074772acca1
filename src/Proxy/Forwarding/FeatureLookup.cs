using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;

namespace Snapback.Proxy.Forwarding;

internal static class FeatureLookup
{
    /// <summary>As Get, which is a generic method of an interface: to find its code takes the runtime longer than to find the feature.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T? Find<T>(this IFeatureCollection features)
        where T : class => (T?)features[typeof(T)];
}
